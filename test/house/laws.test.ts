import { describe, expect, it } from "vitest";
import { filesIn, handWritten, read } from "./support/files.js";

/** This file is full of what it looks for. */
const OWN = "test/house/laws.test.ts";

/** Lines of the files that a pattern finds, as `path:line: text`. */
function linesWith(pattern: RegExp, paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split("\n")
      .flatMap((text, index) => (pattern.test(text) ? [`${path}:${index + 1}: ${text.trim()}`] : [])),
  );
}

const outside = (...folders: string[]) => handWritten().filter((path) => !folders.some((folder) => path.startsWith(folder)));

describe("the sources", () => {
  it("print in src/cli/reporters alone", () => {
    expect(linesWith(/\bconsole\./, outside("src/cli/reporters/"))).toEqual([]);
  });

  it("read the environment in src/config and src/cli alone", () => {
    expect(linesWith(/process\.env\b/, outside("src/config/", "src/cli/"))).toEqual([]);
  });

  it("never end the process by force", () => {
    expect(linesWith(/process\.exit\(/, outside())).toEqual([]);
  });

  it("switch no rule of compiler or linter off without saying why", () => {
    const files = [...outside(), ...filesIn(["test", "scripts", "bin"], [".ts", ".mjs", ".js"])].filter((path) => path !== OWN);
    expect(linesWith(/@ts-(ignore|nocheck|expect)|(oxlint|eslint)-disable|biome-ignore(?!(-start|-end)? [\w/]+: \w+)/, files)).toEqual([]);
  });

  it("throw no error without a code or a kind", () => {
    expect(linesWith(/throw (new Error\(|["'`])/, outside())).toEqual([]);
  });
});

describe("tests", () => {
  const tests = filesIn(["test"], [".ts"]).filter((path) => path !== OWN);

  it("are never narrowed to one, nor left out without a condition that says when", () => {
    expect(linesWith(/\b(it|test|describe)\.(only|skip|todo|fails)\b/, tests)).toEqual([]);
  });
});

describe("every file", () => {
  it("is free of the paths of somebody's machine, and of notes to self", () => {
    const files = filesIn(["."], [".ts", ".mjs", ".js", ".md", ".yaml", ".yml", ".json"]).filter((path) => path !== OWN);
    expect(linesWith(/(^|[\s"'`(])\/(work|root|home\/\w+|Users\/\w+)\/|\b(TODO|FIXME|XXX|HACK)\b/, files)).toEqual([]);
  });
});
