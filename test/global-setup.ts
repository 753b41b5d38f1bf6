import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { searchKept, startKeeping } from "./support/kept-bytes.js";

/**
 * The end-to-end tests run the built tool: build it once, from the sources as they are now. `KPI_TEST_BUILD=skip` leaves `dist` as it is.
 * When all is over, no secret of any test may stand in anything that kpi said or left.
 */
export default function setup(): () => void {
  if (process.env.KPI_TEST_BUILD !== "skip") execFileSync(process.execPath, ["scripts/ensure.mjs"], { stdio: "inherit" });
  const folder = mkdtempSync(join(tmpdir(), "kpi-kept-"));
  startKeeping(folder);
  return () => {
    const exit = process.exitCode;
    // what is thrown here is told, and would change nothing
    process.exitCode = 1;
    const found = searchKept(folder);
    rmSync(folder, { recursive: true, force: true });
    if (found.length > 0) throw new Error(`Secrets have come out:\n${found.join("\n")}`);
    process.exitCode = exit;
  };
}
