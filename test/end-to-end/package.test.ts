import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

describe("the packed tarball", () => {
  it("installs elsewhere and runs, with its build inside", { timeout: 180_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), "kpi-package-"));
    const npm = (cwd: string, ...args: string[]) => execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const kpi = (...args: string[]) =>
      execFileSync(join(folder, "node_modules/.bin/kpi"), args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    try {
      writeFileSync(join(folder, "package.json"), "{}");
      npm(process.cwd(), "pack", "--ignore-scripts", "--silent", "--pack-destination", folder);
      const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
      npm(folder, "install", "--no-audit", "--no-fund", "--loglevel=error", `./${tarball}`);
      expect(kpi("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
      kpi("sample", "--hours", "2");
      execFileSync("cp", ["-r", join(folder, "node_modules/kpi/config"), folder]);
      const report = JSON.parse(kpi("run", "pipeline-horario", "--max-windows", "1", "--json"));
      expect(report).toMatchObject({ ok: true, pipeline: "pipeline-horario" });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
