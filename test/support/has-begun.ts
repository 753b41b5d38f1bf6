import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KpiProject } from "./kpi-project.js";

/** Waits until a run has begun with its first span. */
export async function hasBegun({ folder }: KpiProject, run: string): Promise<void> {
  const path = join(folder, ".kpi/runs", run, "events.ndjson");
  while (!existsSync(path) || !readFileSync(path, "utf8").includes("span:start")) await sleep(5);
}
