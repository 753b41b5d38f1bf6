import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { searchKept } from "../support/kept-bytes.js";

const SECRET = 'a/w+rd "of" ña';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpi-search-"));
  writeFileSync(join(folder, "secrets"), `${JSON.stringify(SECRET)}\n`);
  mkdirSync(join(folder, "left"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the search through all that tests have left", () => {
  it.each([
    ["plain", SECRET],
    ["JSON", JSON.stringify({ error: SECRET })],
    ["URL", encodeURIComponent(SECRET)],
    ["form", new URLSearchParams({ p: SECRET }).toString()],
    ["base64", Buffer.from(`ana:${SECRET}`).toString("base64")],
  ])("finds a secret in %s", (encoding, text) => {
    writeFileSync(join(folder, "left", "file"), Buffer.concat([Buffer.of(0, 255, 10), Buffer.from(text)]));
    expect(searchKept(folder)).toContain(`${join(folder, "left", "file")} holds "${SECRET}" as ${encoding}`);
  });

  it("finds none where there is none", () => {
    writeFileSync(join(folder, "left", "file"), "a/w+rd");
    expect(searchKept(folder)).toEqual([]);
  });
});
