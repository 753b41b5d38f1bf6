import type { RunReport, WindowReport } from "../../core/reports.js";
import type { Screen } from "../command.js";
import { nextStep } from "../next-step.js";
import { formatElapsed, formatNumberOf } from "../text/format.js";
import { formatUnfinished } from "./format-backfill.js";
import { formatError } from "./format-error.js";
import { formatAmounts, formatWindows } from "./format-windows.js";

/** So many failed windows are told in full. */
const MOST_ERRORS = 5;

/** What there is to do where there is nothing: a backfill is asked for whether it is due or not. */
export const NOTHING = { run: "nothing is due", backfill: "nothing to do" } as const;

/** What a run came to, for a person: its windows, what went wrong and what to do about it, the cursor. */
export function formatRunSummary(report: RunReport, { paint }: Screen, command: keyof typeof NOTHING = "run"): string {
  const { pipeline, windows, cursor, ok, error } = report;
  const mark = ok ? paint.green("✔") : paint.red("✖");
  const cursorLine = cursor === null ? "" : `  ${paint.dim(`last processed ${cursor}`)}\n`;
  const details = isWorkflow(report) ? formatWorkflow(report) : formatWindows(windows, paint);
  const failed = windows.filter((window) => window.error !== null);
  const errors = failed.length > 0 ? formatFailures(failed, report, command, paint) : "";
  const own = error !== undefined && !failed.some((window) => window.error?.message === error.message);
  const goesOnOtherwise = report.backfill?.status === "unfinished";
  const last = own ? formatError(error, paint, goesOnOtherwise ? null : nextStep(error, `kpi ${command} ${pipeline}`)) : "";
  return `${mark} ${paint.bold(pipeline)}: ${headline(report, command)}\n${details}${cursorLine}${errors}${last}${formatUnfinished(report)}`;
}

function headline(report: RunReport, command: keyof typeof NOTHING): string {
  const { windows, ok, error, ms } = report;
  if (windows.length > 0) return [countStates(windows), formatAmounts(windows), formatElapsed(ms)].filter((part) => part !== "").join("; ");
  // of all errors, only that of a window which no run tries again names one where none was done
  if (!ok) return error?.window ? "nothing is due, and a window is left alone" : `stopped after ${formatElapsed(ms)}`;
  return isWorkflow(report) ? `done in ${formatElapsed(ms)}` : NOTHING[command];
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

/** Each failure once, with the windows that it is of. */
function formatFailures(failed: readonly WindowReport[], { pipeline, run }: RunReport, command: string, paint: Screen["paint"]): string {
  const alike = new Map<string, WindowReport[]>();
  for (const window of failed) {
    const key = JSON.stringify([window.error?.code, window.error?.step, window.error?.message]);
    const group = alike.get(key) ?? [];
    group.push(window);
    alike.set(key, group);
  }
  const shown = [...alike.values()].slice(0, MOST_ERRORS);
  const texts = shown.map(([first, ...others]) => {
    if (!first?.error) return "";
    const next = nextStep(first.error, `kpi ${command} ${pipeline}`, `kpi runs show ${run}`);
    const more =
      others.length === 0 ? "" : `  and the same of ${formatNumberOf(others.length, "more window")}, the last ${others.at(-1)?.start}\n`;
    return formatError({ ...first.error, window: first.start }, paint, next) + more;
  });
  const rest = failed.length - shown.flat().length;
  return texts.join("") + (rest > 0 ? `and ${formatNumberOf(rest, "more failed window")}\n` : "");
}
