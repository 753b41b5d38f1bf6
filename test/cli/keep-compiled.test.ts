import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { ROOT, start } from "./support/start.js";

const folder = mkdtempSync(join(tmpdir(), "kpi-compiled-"));
const kept = join(folder, "dist/.compiled");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is kept, by the file's name: the moment it was written at. */
const written = () =>
  readdirSync(kept, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => [join(parentPath, name), statSync(join(parentPath, name)).mtimeMs] as const);

describe("what V8 compiled", () => {
  beforeEach(() => {
    for (const part of ["bin", "dist", "package.json"]) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    rmSync(kept, { recursive: true, force: true });
    mkdirSync(kept);
  });

  // as bin/kpi.js does where Node does not do it by itself
  const kpi = `require("${folder}/bin/keep-compiled.js")("${folder}/dist"); require("${folder}/dist/cli/main.js").main(["--help"], process)`;
  const help = () => start("-e", [kpi]);
  const size = () => written().reduce((sum, [path]) => sum + statSync(path).size, 0);

  it("is kept for the next start, which writes nothing", async () => {
    const first = await help();
    const before = written();
    expect(before.map(([path]) => path)).toContain(join(kept, process.version, "cli+main.js"));
    expect(await help()).toEqual(first);
    expect(written()).toEqual(before);
  });

  it("is all that was compiled, also where a long run has long since collected its garbage", async () => {
    await help();
    const usual = size();
    rmSync(join(kept, process.version), { recursive: true });
    const garbage = "for (let n = 0; n < 60; n++) globalThis.garbage = Array.from({ length: 200_000 }, (_, index) => [index])";
    await start("-e", [`process.on("exit", () => { ${garbage} }); ${kpi}`]);
    expect(size()).toBeGreaterThan(usual * 0.98);
  });

  it.each([
    ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ["changed by one bit", (bytes: Buffer) => Buffer.from(bytes).fill((bytes.at(-100) ?? 0) ^ 1, bytes.length - 100, bytes.length - 99)],
    ["empty", () => Buffer.alloc(0)],
  ])("is made again where it was %s", async (_, spoil) => {
    const first = await help();
    const whole = written().map(([path]) => [path, readFileSync(path)] as const);
    for (const [path, bytes] of whole) writeFileSync(path, spoil(bytes));
    expect(await help()).toEqual(first);
    for (const [path, bytes] of whole) expect(readFileSync(path).length).toBeGreaterThan(bytes.length * 0.9);
  });

  it("is not taken for another source of the same length", async () => {
    await help();
    const grammar = join(folder, "dist/grammar.js");
    writeFileSync(grammar, readFileSync(grammar, "utf8").replace("write a folder of sample", "WRITE a folder of sample"));
    expect((await help()).stdout).toContain("WRITE a folder of sample");
  });

  it("need not be kept: a folder that cannot be written is no trouble", async () => {
    rmSync(kept, { recursive: true });
    writeFileSync(kept, "");
    const { status, stderr } = await help();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
