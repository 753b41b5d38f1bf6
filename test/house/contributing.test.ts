import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { read } from "./support/files.js";

/** What the repository is made of; without the lockfile, so that nothing is ever installed into the packages that the copy borrows. */
const PARTS = ["src", "bin", "test", "scripts", "docs", "config", ".dependency-cruiser.mjs"];
const FILES = ["package.json", "tsconfig.json", "tsconfig.test.json", "vitest.config.ts", "CHANGELOG.md", "CONTRIBUTING.md"];

const run = promisify(execFile);

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(realpathSync(tmpdir()), "kpi-contributing-"));
  for (const part of [...PARTS, ...FILES]) {
    if (existsSync(part)) cpSync(part, join(copy, part), { recursive: true, filter: (path) => basename(path) !== ".kpi" });
  }
  symlinkSync(realpathSync("node_modules"), join(copy, "node_modules"));
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

describe("CONTRIBUTING.md", () => {
  it("adds a node when it is followed word for word", { timeout: 180_000 }, async () => {
    const page = read("CONTRIBUTING.md");
    const files = [...page.matchAll(/`([\w/.-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)];
    expect(files.map(([, path = ""]) => dirname(path))).toEqual(["src/transformers", "test/transformers", "docs/transformers"]);
    for (const [, path = "", content = ""] of files) {
      mkdirSync(join(copy, dirname(path)), { recursive: true });
      writeFileSync(join(copy, path), content);
    }
    const commands = /^```sh\n([\s\S]*?)^```$/m.exec(page)?.[1]?.trim().split("\n") ?? [];
    expect(commands.length).toBeGreaterThan(2);
    let output = "";
    for (const command of commands) output = await follow(command);
    expect(output).toMatch(/\bround\b.*Rounds columns to so many decimals/);
    expect(read(join(copy, "docs/transformers/round.md"))).toContain("How many decimals are kept");
  });
});

async function follow(command: string): Promise<string> {
  try {
    const { stdout } = await run("sh", ["-c", command], { cwd: copy, env: { ...process.env, KPI_TEST_BUILD: "skip", NO_COLOR: "1" } });
    return stdout;
  } catch (thrown) {
    const { stdout, stderr } = thrown as { readonly stdout: string; readonly stderr: string };
    throw new Error(`${command} failed:\n${stdout}\n${stderr}`);
  }
}
