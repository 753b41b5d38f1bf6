import { dirname, normalize } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { filesIn, read } from "./support/files.js";
import { declaredNames, descendants, isExported, parse } from "./support/syntax.js";

const ALL = "*";

/** What a file takes from others: `src/core/time.ts` → names, `*` for a module taken as a whole. */
function usesOf(file: ts.SourceFile): { module: string; names: string[] }[] {
  return descendants(file).flatMap((node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined)
      return [{ module: target(file, node.moduleSpecifier), names: namesOf(node) }];
    const loaded = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
    return loaded === undefined ? [] : [{ module: target(file, loaded), names: [ALL] }];
  });
}

function namesOf(node: ts.ImportDeclaration | ts.ExportDeclaration): string[] {
  const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause;
  const named = bindings !== undefined && (ts.isNamedImports(bindings) || ts.isNamedExports(bindings));
  const names = named
    ? bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
    : bindings === undefined
      ? []
      : [ALL];
  return ts.isImportDeclaration(node) && node.importClause?.name !== undefined ? [...names, "default"] : names;
}

function target(file: ts.SourceFile, specifier: ts.Expression): string {
  const text = ts.isStringLiteral(specifier) ? specifier.text : "";
  return text.startsWith(".") ? normalize(`${dirname(file.fileName)}/${text}`).replace(/\.js$/, ".ts") : text;
}

/** Exported names, but for types that another export of the same file is made of. */
function exportsOf(file: ts.SourceFile): string[] {
  const statements = file.statements.filter(isExported).map((statement) => ({ statement, words: identifiers(statement) }));
  return statements.flatMap(({ statement }) => {
    const names = statement.getText().startsWith("export default") ? ["default"] : declaredNames(statement);
    const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    const others = statements.filter((other) => other.statement !== statement);
    return names.filter((name) => !(isType && others.some(({ words }) => words.includes(name))));
  });
}

function identifiers(node: ts.Node): string[] {
  return descendants(node).flatMap((inner) => (ts.isIdentifier(inner) ? [inner.text] : []));
}

/** Everything that the files of other folders take from src, as text: `src/core/time.ts name`. */
function usersOutside(): Set<string> {
  const modules = filesIn(["bin", "scripts"], [".js", ".mjs"]).flatMap((path) => [
    ...read(path).matchAll(/(?:src|dist)\/([\w./-]+)\.[jt]s/g),
  ]);
  return new Set(modules.map(([, module]) => `src/${module}.ts ${ALL}`));
}

function usesIn(files: readonly ts.SourceFile[]): Set<string> {
  return new Set(files.flatMap(usesOf).flatMap(({ module, names }) => names.map((name) => `${module} ${name}`)));
}

describe("what src exports", () => {
  it("is used by others in src, bin or scripts, or at least by its own file where a test looks at it", () => {
    const files = filesIn(["src"], [".ts"]).map(parse);
    const used = new Set([...usesIn(files), ...usersOutside()]);
    const tested = usesIn(filesIn(["test"], [".ts"]).map(parse));
    const has = (users: Set<string>, path: string, name: string) => users.has(`${path} ${name}`) || users.has(`${path} ${ALL}`);
    const dead = files.flatMap((file) =>
      exportsOf(file)
        .filter((name) => !has(used, file.fileName, name))
        .filter((name) => !(has(tested, file.fileName, name) && identifiers(file).filter((word) => word === name).length > 1))
        .map((name) => `${file.fileName}: ${name}`),
    );
    expect(files.flatMap(exportsOf).length).toBeGreaterThan(200);
    expect(dead).toEqual([]);
  });
});
