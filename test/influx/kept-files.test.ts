import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileEntry } from "../../src/influx/line-protocol/file-entry.js";
import { type FolderIndex, openFolderIndex } from "../../src/influx/line-protocol/folder-index.js";
import type { LineFile } from "../../src/influx/line-protocol/list-files.js";
import { removeFolder } from "../support/find-secrets.js";

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "kpi-kept-"));
});
afterEach(() => removeFolder(cache));

const open = () => openFolderIndex(cache, "/data", "b");
const content = () => readFileSync(join(cache, readdirSync(cache)[0] as string), "utf8");

function file(name: string, mtime = 1_000): LineFile {
  return { path: `/data/${name}`, name, size: 10, mtime };
}

function entry(measurement: string, mtime = 1_000): FileEntry {
  const measurements = { [measurement]: { tags: ["t"], fields: { f: ["DOUBLE" as const] } } };
  return { size: 10, mtime, times: [1, 2], plain: true, measurements };
}

async function keep(index: FolderIndex, ...names: string[]): Promise<void> {
  for (const name of names) index.set(file(name), entry(name.slice(0, 1)));
  await index.save(names);
}

describe("what is known of files", () => {
  it("is known to the next run, and what many have the same of is written once", async () => {
    await keep(await open(), "a1", "b1", "a2");
    const index = await open();
    expect(["a1", "b1", "a2"].map((name) => index.get(file(name)))).toEqual([entry("a"), entry("b"), entry("a")]);
    expect(content().match(/"tags"/g)).toHaveLength(2);
  });

  it("is forgotten of a file that has changed, and of one that is gone", async () => {
    await keep(await open(), "a1", "b1");
    const index = await open();
    expect(index.get(file("a1", 2_000))).toBeUndefined();
    expect(index.get({ ...file("a1"), size: 11 })).toBeUndefined();
    await keep(index, "b1", "b2");
    expect(content()).not.toContain("a1");
    expect(content().match(/"tags"/g)).toHaveLength(1);
    expect((await open()).get(file("b2"))).toEqual(entry("b"));
  });

  it("is nothing of a file that may change again within the tick of its clock", async () => {
    const index = await open();
    const now = Date.now();
    index.set(file("a1", now), entry("a", now));
    await index.save(["a1"]);
    expect(readdirSync(cache)).toEqual([]);
  });

  it("is found in whatever order files are asked for, come and go", async () => {
    await keep(await open(), "a1", "b1", "c1", "d1");
    const index = await open();
    const known = (...names: string[]) => names.map((name) => index.get(file(name))?.measurements);
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => entry(name).measurements);
    expect(known("a1", "b1", "b2", "c1", "d1", "e1")).toEqual([a, b, undefined, c, d, undefined]);
    index.set(file("b2"), entry("a"));
    index.set(file("c1"), entry("d"));
    expect(known("d1", "b2", "c1", "a1", "b1")).toEqual([d, a, d, a, b]);
    await index.save(["b2", "c1", "d1"]);
    expect(["a1", "b1", "b2", "c1", "d1"].map((name) => index.get(file(name))?.measurements)).toEqual([a, b, a, d, d]);
    const next = await open();
    expect(["b1", "b2", "c1", "d1"].map((name) => next.get(file(name))?.measurements)).toEqual([undefined, a, d, d]);
  });

  it("tells a file that may hold points of any time from others", async () => {
    const index = await open();
    const anyTime = { ...entry("a"), times: null, plain: false };
    index.set(file("a1"), anyTime);
    index.set(file("a2"), { ...entry("a"), times: [0, 0] });
    await index.save(["a1", "a2"]);
    const next = await open();
    expect(next.get(file("a1"))).toEqual(anyTime);
    expect(next.get(file("a2"))?.times).toEqual([0, 0]);
  });

  const part = { version: 5, shared: [], names: ["a1"], sizes: [10], mtimes: [1_000], places: [0], own: [[1], [2], [true]] };
  const others = [
    { ...part, version: 4 },
    { ...part, own: [[1], [2]] },
    { ...part, own: [[1], [], [true]] },
    { ...part, names: ["a1", "b1"] },
  ];
  it.each(["{", "null", "[]", '{"version":5}', ...others.map((other) => JSON.stringify(other))])(
    "is learnt again where %s is in its place",
    async (text) => {
      await keep(await open(), "a1");
      writeFileSync(join(cache, readdirSync(cache)[0] as string), text);
      const index = await open();
      expect(index.get(file("a1"))).toBeUndefined();
      await keep(index, "a1");
      expect((await open()).get(file("a1"))).toEqual(entry("a"));
    },
  );
});
