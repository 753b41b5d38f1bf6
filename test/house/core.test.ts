import ts from "typescript";
import { describe, expect, it } from "vitest";
import { filesIn } from "./support/files.js";
import { declaredNames, hasDocComment, isExported, lineCount, parse } from "./support/syntax.js";

/** A name is explained by a comment of its own, or by one on every member; an alias of one line is its own explanation. */
function isExplained(statement: ts.Statement): boolean {
  if (hasDocComment(statement) || (ts.isTypeAliasDeclaration(statement) && lineCount(statement) === 1)) return true;
  return ts.isInterfaceDeclaration(statement) && statement.members.length > 0 && statement.members.every(hasDocComment);
}

describe("the vocabulary in src/core", () => {
  it("explains every name it exports", () => {
    const exported = filesIn(["src/core"], [".ts"]).flatMap((path) => parse(path).statements.filter(isExported));
    expect(exported.length).toBeGreaterThan(50);
    expect(exported.filter((statement) => !isExplained(statement)).flatMap(declaredNames)).toEqual([]);
  });
});
