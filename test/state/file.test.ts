import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StateStore } from "../../src/core/state-store.js";
import { removeFolder } from "../support/find-secrets.js";
import { openFileStore } from "./support/open-stores.js";

const VALUE = { last_processed_hour: "2026-01-01T10:00:00Z", first_hour: "2026-01-01T00:00:00Z", note: "ñ" };

let project: string;
let folder: string;
let path: string;
let warnings: string[];
let store: StateStore;
beforeEach(async () => {
  project = mkdtempSync(join(tmpdir(), "kpi-state-"));
  folder = join(project, "state");
  path = join(folder, "p.json");
  warnings = [];
  store = await openFileStore(project, { warn: (code, message) => warnings.push(`${code} ${message}`) });
});
afterEach(() => removeFolder(project));

const files = () => readdirSync(folder).sort();

/** Puts bytes in the place of the state file and reads the state. */
async function readSpoilt(bytes: Uint8Array | string) {
  for (const name of files()) rmSync(join(folder, name));
  warnings.length = 0;
  writeFileSync(path, bytes);
  return store.read("p");
}

async function expectSetAside(bytes: Uint8Array | string): Promise<void> {
  expect(await readSpoilt(bytes), String(bytes)).toBeNull();
  const [aside = "", ...others] = files();
  expect([aside, others]).toEqual([expect.stringMatching(/^p\.corrupt-\d{8}T\d{9}Z\.json$/), []]);
  expect(readFileSync(join(folder, aside))).toEqual(Buffer.from(bytes));
  expect(warnings).toEqual([expect.stringContaining("STATE_CORRUPT")]);
}

describe("the state file", () => {
  it("says everything about itself, for its owner alone, beside the generation before", async () => {
    const first = await store.write("p", VALUE, null, "run 1");
    await store.write("p", { ...VALUE, last_processed_hour: "2026-01-01T11:00:00Z" }, first, "run 2");
    expect(files()).toEqual(["p.json", "p.previous.json"]);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      schema_version: 1,
      key: "p",
      value: { ...VALUE, last_processed_hour: "2026-01-01T11:00:00Z" },
      version: expect.stringMatching(/^2-[0-9a-f]{8}$/),
      updated_at: "2026-01-01T12:00:00Z",
      updated_by: "run 2",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(JSON.parse(readFileSync(join(folder, "p.previous.json"), "utf8")).version).toBe(first);
  });

  it("stays as the generation before when it is removed", async () => {
    const version = await store.write("p", VALUE, null, "run 1");
    await store.remove("p", version);
    expect(files()).toEqual(["p.previous.json"]);
  });

  it("is set aside and reads as nothing when it is cut off, zeros, another JSON, or without its check sum", async () => {
    await store.write("p", VALUE, null, "run 1");
    const whole = readFileSync(path);
    const { sha256, ...rest } = JSON.parse(whole.toString());
    expect(sha256).toBeTypeOf("string");
    for (const bytes of [
      "",
      whole.subarray(0, 100),
      whole.subarray(0, -3),
      Buffer.alloc(300),
      "null",
      "[]",
      '{"last_processed_hour":null}',
      JSON.stringify(rest),
    ])
      await expectSetAside(bytes);
  });

  it("can be written anew after it was found corrupt, by who has seen nothing", async () => {
    await store.write("p", VALUE, null, "run 1");
    writeFileSync(path, "");
    await store.write("p", VALUE, null, "run 2");
    expect((await store.read("p"))?.updated_by).toBe("run 2");
    expect(files()).toEqual([expect.stringMatching(/^p\.corrupt-/), "p.json"]);
  });

  it("that a newer kpi has written is refused and left alone", async () => {
    await store.write("p", VALUE, null, "run 1");
    const { sha256: _, ...document } = JSON.parse(readFileSync(path, "utf8"));
    const newer = { ...document, schema_version: 2, more: true };
    const sha256 = createHash("sha256").update(JSON.stringify(newer)).digest("hex");
    writeFileSync(path, JSON.stringify({ ...newer, sha256 }));
    await expect(store.read("p")).rejects.toMatchObject({ code: "STATE_TOO_NEW" });
    await expect(store.write("p", VALUE, null, "run 2")).rejects.toMatchObject({ code: "STATE_TOO_NEW" });
    expect(files()).toEqual(["p.json"]);
  });

  it("of another key that the file system cannot tell apart is neither read nor written", async () => {
    await store.write("p", VALUE, null, "run 1");
    writeFileSync(join(folder, "P.json"), readFileSync(path));
    await expect(store.read("P")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(store.write("P", VALUE, null, "run 1")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("cannot be written where a file or a folder is in the way", async () => {
    writeFileSync(folder, "not a folder");
    await expect(store.write("p", VALUE, null, "run 1")).rejects.toMatchObject({ code: "CANNOT_WRITE" });
    rmSync(folder);
    mkdirSync(path, { recursive: true });
    await expect(store.read("p")).rejects.toMatchObject({
      code: "CANNOT_WRITE",
      message: expect.stringContaining("a folder is in its place"),
    });
  });
});

describe("opening a file store", () => {
  it("makes nothing before something is written", async () => {
    await store.read("p");
    await store.list();
    expect(readdirSync(project)).toEqual([]);
  });
});
