import type { RunReport, WindowReport } from "../../core/reports.js";
import type { Screen } from "../command.js";
import { nextStep } from "../next-step.js";
import { formatElapsed, formatNumberOf } from "../text/format.js";
import { formatUnfinished } from "./format-backfill.js";
import { formatError } from "./format-error.js";
import { formatAmounts, formatWindows } from "./format-windows.js";

/** So many failed windows are told in full. */
const MOST_ERRORS = 5;

/** What a run came to, for a person: its windows, what went wrong and what to do about it, the cursor. */
export function formatRunSummary(report: RunReport, { paint }: Screen): string {
  const { pipeline, windows, cursor, ok, error } = report;
  const mark = ok ? paint.green("✔") : paint.red("✖");
  const cursorLine = cursor === null ? "" : `  ${paint.dim(`last processed ${cursor}`)}\n`;
  const details = isWorkflow(report) ? formatWorkflow(report) : formatWindows(windows, paint);
  const failed = windows.filter((window) => window.error !== null);
  const errors = failed.length > 0 ? formatFailures(failed, report, paint) : "";
  const own = error !== undefined && !failed.some((window) => window.error?.message === error.message);
  const goesOnOtherwise = report.backfill?.status === "unfinished";
  const last = own ? formatError(error, paint, goesOnOtherwise ? null : nextStep(error, `kpi run ${pipeline}`)) : "";
  return `${mark} ${paint.bold(pipeline)}: ${headline(report)}\n${details}${cursorLine}${errors}${last}${formatUnfinished(report)}`;
}

function headline(report: RunReport): string {
  const { windows, ok, ms } = report;
  if (windows.length > 0) return `${countStates(windows)}; ${formatAmounts(windows)}; ${formatElapsed(ms)}`;
  if (!ok) return `stopped after ${formatElapsed(ms)}`;
  return isWorkflow(report) ? `done in ${formatElapsed(ms)}` : "nothing is due";
}

/** A report does not say so itself; but a pipeline with windows that had none to do has not done a step. */
function isWorkflow({ windows, cursor, steps }: RunReport): boolean {
  return windows.length === 0 && cursor === null && steps.some(({ status }) => status !== "skipped");
}

/** `46 windows loaded, 2 empty`. */
function countStates(windows: readonly WindowReport[]): string {
  const counts = new Map<string, number>();
  for (const { status } of windows) counts.set(status, (counts.get(status) ?? 0) + 1);
  const [[first, count] = ["", 0], ...rest] = [...counts];
  return [`${formatNumberOf(count, "window")} ${first}`, ...rest.map(([status, number]) => `${number} ${status}`)].join(", ");
}

function formatWorkflow({ steps, outputs = {} }: RunReport): string {
  const done = steps.map(({ id, status, rows, ms }) => `  ${id}  ${status}  ${formatNumberOf(rows, "row")} in ${formatElapsed(ms)}\n`);
  const held = Object.entries(outputs).map(([id, value]) => `${id}: ${JSON.stringify(value, null, 2)}\n`);
  return [...done, ...held].join("");
}

function formatFailures(failed: readonly WindowReport[], { pipeline }: RunReport, paint: Screen["paint"]): string {
  const shown = failed.slice(0, MOST_ERRORS).map(({ start, error }) => {
    return error === null ? "" : formatError({ ...error, window: start }, paint, nextStep(error, `kpi run ${pipeline}`));
  });
  const rest = failed.length - shown.length;
  return shown.join("") + (rest > 0 ? `and ${formatNumberOf(rest, "more failed window")}\n` : "");
}
