import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { ERRORS } from "../../src/core/errors.js";
import { filesIn, read } from "./support/files.js";

const pages = filesIn(["."], [".md"]);

/** The names that a page's headings can be linked by. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
}

/** The text outside code. */
function proseOf(page: string): string {
  return read(page)
    .replaceAll(/^(```+)[\s\S]*?^\1$/gm, "")
    .replaceAll(/^ {4}.*$/gm, "")
    .replaceAll(/`[^`]*`/g, "");
}

describe("links", () => {
  it("lead to a file or a heading that is there", () => {
    const links = pages.flatMap((page) => [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => ({ page, link })));
    const broken = links.filter(({ page, link }) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = "", anchor] = link.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
    });
    expect(links.length).toBeGreaterThan(10);
    expect(broken).toEqual([]);
  });
});

describe("YAML in the docs", () => {
  it("parses", () => {
    const blocks = pages.flatMap((page) =>
      [...read(page).matchAll(/^```ya?ml.*\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => ({ page, text })),
    );
    const errors = blocks.flatMap(({ page, text }) =>
      parseAllDocuments(text).flatMap((document) => document.errors.map(({ message }) => `${page}: ${message}`)),
    );
    expect(errors).toEqual([]);
  });
});

describe("docs/errors.md", () => {
  it("has a heading for each code, and for nothing else", () => {
    const headings = [...read("docs/errors.md").matchAll(/^## ([A-Z_]+)$/gm)].map(([, code]) => code);
    expect(headings).toEqual(Object.keys(ERRORS));
  });

  it("tells of no code that nobody throws", () => {
    const sources = filesIn(["src"], [".ts"])
      .filter((path) => path !== "src/core/errors.ts")
      .map(read);
    expect(Object.keys(ERRORS).filter((code) => !sources.some((text) => text.includes(`"${code}"`)))).toEqual([]);
  });
});
