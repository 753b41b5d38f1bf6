// src → dist, from nothing, so that no file of an earlier build survives. Without TypeScript (an install of production packages only) it leaves dist alone.
import { execFileSync } from "node:child_process";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const compiler = join(root, "node_modules", "@typescript", "native", "bin", "tsc");
if (!existsSync(compiler)) {
  console.error("TypeScript is not installed: dist stays as it is");
  process.exit(0);
}

const fresh = join(root, `.dist-${process.pid}`);
const dist = join(root, "dist");
rmSync(fresh, { recursive: true, force: true });
try {
  execFileSync(process.execPath, [compiler, "--outDir", fresh], { cwd: root, stdio: ["ignore", 2, 2] });
} catch {
  rmSync(fresh, { recursive: true, force: true });
  process.exit(1);
}
writeFileSync(join(fresh, ".built"), "");
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);
