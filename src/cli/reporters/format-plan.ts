import type { PlanReport } from "../../core/reports.js";
import type { Screen } from "../command.js";
import { allowEmpty } from "../next-step.js";
import { formatNumberOf } from "../text/format.js";
import { toRanges } from "../text/ranges.js";
import { formatBackfill } from "./format-backfill.js";
import { formatDifference } from "./format-difference.js";
import { NOTHING } from "./run-summary.js";

/** Reasons that could be taken for an outcome, as a person reads them. */
const REASONS: Readonly<Record<string, string>> = { failed: "failed before", asked: "asked for" };

/** A plan for a person: the flow, the windows with their reasons, what is left alone and why, and the queries where they were asked for. */
export function formatPlan(plan: PlanReport, screen: Screen): string {
  const { paint } = screen;
  const head = `${paint.bold(plan.pipeline)}: ${headline(plan)}\n  ${paint.dim(`# FLOW: ${plan.flow}`)}\n`;
  const found = plan.backfill === undefined ? "" : formatBackfill(plan.backfill, paint);
  const changes = plan.difference === undefined ? "" : formatDifference(plan.difference, screen);
  return (
    head + formatBounds(plan) + found + formatPlanned(plan, paint) + formatLeftAlone(plan, paint) + changes + formatQueries(plan, paint)
  );
}

function headline({ windows, horizon, backfill }: PlanReport): string {
  if (horizon === null) return "a workflow, it runs once when asked";
  return windows.length === 0 ? NOTHING[backfill === undefined ? "run" : "backfill"] : `${formatNumberOf(windows.length, "window")} to do`;
}

function formatBounds({ cursor, horizon, backfill }: PlanReport): string {
  if (horizon === null) return "";
  // a backfill looks no further than its own end
  return `  last processed ${cursor ?? "nothing yet"}${backfill === undefined ? `, settled up to ${horizon}` : ""}\n`;
}

function formatPlanned({ windows }: PlanReport, paint: Screen["paint"]): string {
  return toRanges(windows, ({ reason }) => reason)
    .map(
      ({ start, end, kind, items }) =>
        `  ${start} → ${end}  ${paint.cyan(REASONS[kind] ?? kind)}  ${formatNumberOf(items.length, "window")}\n`,
    )
    .join("");
}

function formatLeftAlone(plan: PlanReport, paint: Screen["paint"]): string {
  const { unsettled, stale, pipeline, backfill, warnings = [] } = plan;
  const ranges = toRanges(unsettled, ({ because }) => because);
  const left = ranges.map(
    ({ start, end, kind, items }) =>
      `  ${start} → ${end}  ${paint.yellow(`left alone: ${kind}`)}  ${formatNumberOf(items.length, "window")}\n`,
  );
  const allow = ranges.some(({ kind }) => kind === "refused") ? `  ${allowEmpty(pipeline)}\n` : "";
  const usedUp = ranges.filter(({ kind }) => kind !== "refused").map((range) => formatUsedUp(pipeline, range));
  // a backfill has told already what it finds
  const old =
    stale > 0 && backfill === undefined
      ? `  ${formatNumberOf(stale, "window")} computed under an older definition of the pipeline\n${lookAt(plan)}`
      : "";
  const said = warnings.map((warning) => `  ${paint.yellow("!")} ${warning}\n`).join("");
  return left.join("") + allow + usedUp.join("") + old + said;
}

function formatUsedUp(pipeline: string, { start, end }: { readonly start: string; readonly end: string }): string {
  const again = `  Once it is mended: kpi backfill ${pipeline} --from ${start} --to ${end} --rerun failed\n`;
  return `${again}  To give it up: kpi state skip ${pipeline} ${start} --reason "…"\n`;
}

/** What shows what the newer definition would make of them. */
function lookAt({ pipeline, stale_between: between }: PlanReport): string {
  if (between === undefined) return "";
  return `  What would change: kpi backfill ${pipeline} --from ${between.from} --to ${between.to} --rerun stale --dry-run --diff\n`;
}

function formatQueries({ steps }: PlanReport, paint: Screen["paint"]): string {
  const queries = steps.filter(({ query }) => query !== null);
  return queries.map(({ id, type, query }) => `\n${paint.bold(id)} (${type})\n${query?.trimEnd()}\n`).join("");
}
