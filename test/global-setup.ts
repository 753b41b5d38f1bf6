import { execFileSync } from "node:child_process";

/** The end-to-end tests run the built tool: build it once, from the sources as they are now. `KPI_TEST_BUILD=skip` leaves `dist` as it is. */
export default function setup(): void {
  if (process.env.KPI_TEST_BUILD === "skip") return;
  execFileSync(process.execPath, ["scripts/ensure.mjs"], { stdio: "inherit" });
}
