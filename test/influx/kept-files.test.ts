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
  await index.save(names.map((name) => file(name)));
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
    await index.save([file("a1", now)]);
    expect(readdirSync(cache)).toEqual([]);
  });

  it.each(["{", "null", "[]", '{"version":4}', '{"version":4,"files":{},"shared":[]}', '{"version":3,"files":[],"shared":[]}'])(
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
