import type { BackfillOutline, RunReport } from "../../core/reports.js";
import type { Paint } from "../colour.js";
import { formatCount } from "../text/format.js";

/** What a backfill finds, in a line, and what is to be known of its id: `  2026-01-01T00:00:00Z → …  700 loaded, 44 missing (--rerun missing)`. */
export function formatBackfill(
  { id, from, to, rerun, hours, resumed, unfinished, suppressed = [] }: BackfillOutline,
  paint: Paint,
): string {
  const found = Object.entries(hours).flatMap(([look, windows]) => (windows === 0 ? [] : [`${formatCount(windows)} ${look}`]));
  const bounds = `  ${from} → ${to}  ${found.join(", ") || "nothing has settled"} (--rerun ${rerun})\n`;
  const left = suppressed.length === 0 ? "" : `  ${paint.dim(`left out: the hooks of ${suppressed.join(", ")}`)}\n`;
  const own = id === null ? "" : `  ${paint.dim(`${resumed ? "going on with" : "backfill"} ${id}`)}\n`;
  return (
    bounds +
    left +
    own +
    (id === null && unfinished !== null ? `  ${paint.yellow(`unfinished: ${unfinished}; to go on with it: --resume ${unfinished}`)}\n` : "")
  );
}

/** How to go on with one that has not ended. */
export function formatUnfinished({ pipeline, backfill }: Pick<RunReport, "pipeline" | "backfill">): string {
  return backfill?.status === "unfinished" ? `  To go on: kpi backfill ${pipeline} --resume ${backfill.id}\n` : "";
}
