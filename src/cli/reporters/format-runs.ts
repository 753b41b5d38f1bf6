import type { Outcome, RunEntry, RunStatus } from "../../core/reports.js";
import type { Paint } from "../colour.js";
import type { Screen } from "../command.js";
import { formatElapsed } from "../text/format.js";
import { formatTable } from "../text/table.js";

/** Runs, one a line. */
export function formatRuns(runs: readonly RunEntry[], { width, paint }: Screen): string {
  if (runs.length === 0) return "No such run is kept\n  Try: kpi runs list, or kpi run\n";
  const cells = runs.map((run) => [
    run.id,
    run.pipeline ?? "?",
    run.started ?? "?",
    run.ms === null ? "" : formatElapsed(run.ms),
    run.status,
    run.events === 0 && run.status !== "running" ? "no events" : formatOutcomes(run.windows),
    run.error?.code ?? "",
  ]);
  const heads = ["run", "pipeline", "started", "took", "status", "windows", "error"].map((head) => ({ head }));
  return formatTable(heads, cells, width).replace(/(?<= )(ok|failed|running|interrupted|unknown)(?= |$)/gm, (status) =>
    paintRunStatus(status as RunStatus, paint),
  );
}

/** `46 loaded, 2 empty`. */
export function formatOutcomes(windows: Readonly<Record<Outcome, number>>): string {
  const found = Object.entries(windows).filter(([, count]) => count > 0);
  return found.map(([status, count]) => `${count} ${status}`).join(", ");
}

export function paintRunStatus(status: RunStatus, paint: Paint): string {
  if (status === "ok") return paint.green(status);
  if (status === "running") return paint.cyan(status);
  return status === "unknown" ? paint.yellow(status) : paint.red(status);
}
