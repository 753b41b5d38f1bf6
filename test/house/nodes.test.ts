import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { filesIn, read } from "./support/files.js";

const ROOMS = ["extractors", "transformers", "loaders", "state"];

/** The types of a room: its files, without what they share in folders. */
function typesOf(room: string): string[] {
  return filesIn([`src/${room}`], [".ts"]).flatMap((path) => /^src\/\w+\/(\w+)\.ts$/.exec(path)?.[1] ?? []);
}

describe.each(ROOMS)("every type in src/%s", (room) => {
  const types = typesOf(room);

  it("has a test of its own", () => {
    expect(types.length).toBeGreaterThan(0);
    expect(types.filter((type) => !existsSync(`test/${room}/${type}.test.ts`))).toEqual([]);
  });

  it("has a page with a title, a table of settings and something to say", () => {
    const pages = types.map((type) => ({ type, text: existsSync(`docs/${room}/${type}.md`) ? read(`docs/${room}/${type}.md`) : "" }));
    const isWhole = ({ type, text }: { type: string; text: string }) =>
      text.startsWith(`# ${type}\n`) && /<!-- settings:begin -->\n[\s\S]+\n<!-- settings:end -->\n[\s\S]{100,}/.test(text);
    expect(pages.filter((page) => !isWhole(page)).map(({ type }) => type)).toEqual([]);
  });

  it("is named like its file", () => {
    expect(types.filter((type) => !read(`src/${room}/${type}.ts`).includes(`type: "${type}"`))).toEqual([]);
  });

  it("is all that there are pages of", () => {
    const pages = filesIn([`docs/${room}`], [".md"]).map((path) => path.slice(`docs/${room}/`.length, -".md".length));
    expect(pages.filter((page) => !types.includes(page))).toEqual([]);
  });
});
