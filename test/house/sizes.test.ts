import ts from "typescript";
import { describe, expect, it } from "vitest";
import { filesIn, handWritten, read } from "./support/files.js";
import { descendants, lineCount, parse } from "./support/syntax.js";

const FILE = 300;
const FUNCTION = 60;

describe("sizes", () => {
  it(`no source, test or script has more than ${FILE} lines`, () => {
    const files = [...handWritten(), ...filesIn(["test", "scripts", "bin"], [".ts", ".mjs", ".js"])];
    const long = files.map((path) => ({ path, lines: read(path).split("\n").length - 1 })).filter(({ lines }) => lines > FILE);
    expect(files.length).toBeGreaterThan(100);
    expect(long).toEqual([]);
  });

  it(`no function in src has more than ${FUNCTION} lines`, () => {
    const functions = handWritten().flatMap((path) =>
      descendants(parse(path))
        .filter(isFunction)
        .map((node) => ({ path, node })),
    );
    const long = functions.map(({ path, node }) => ({ path, starts: node.getText().split("\n", 1)[0], lines: lineCount(node) }));
    expect(functions.length).toBeGreaterThan(500);
    expect(long.filter(({ lines }) => lines > FUNCTION)).toEqual([]);
  });
});

function isFunction(node: ts.Node): boolean {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}
