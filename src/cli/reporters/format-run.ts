import type { SqlRow } from "../../core/database.js";
import type { RunDetails } from "../../core/reports.js";
import type { Paint } from "../colour.js";
import type { Screen } from "../command.js";
import { formatElapsed, formatNumberOf } from "../text/format.js";
import { formatTable } from "../text/table.js";
import { formatError } from "./format-error.js";
import { formatOutcomes, paintRunStatus } from "./format-runs.js";

/** So many failed windows are told in full. */
const MOST_ERRORS = 10;

/** One run for a person: how it went, its steps, what went wrong and what to do about it, what it has left. */
export function formatRun(run: RunDetails, { paint }: Screen): string {
  const head = `${paint.bold(run.pipeline ?? "?")}  ${run.id}  ${paintRunStatus(run.status, paint)}\n`;
  return head + formatTimes(run) + formatSteps(run) + formatTroubles(run, paint) + formatLeft(run);
}

/** Rows of a sample, all of them. */
export function formatSample(rows: readonly SqlRow[], width: number): string {
  const [first] = rows;
  if (first === undefined) return "The step put out no rows\n";
  const names = Object.keys(first);
  const text = (value: unknown) => (value === null ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));
  return formatTable(
    names.map((head) => ({ head, align: typeof first[head] === "number" ? "right" : "left" })),
    rows.map((row) => names.map((name) => text(row[name] ?? null))),
    width,
  );
}

function formatTimes({ started, ended, ms, status, windows, events }: RunDetails): string {
  const took = ms === null ? "" : `, ${formatElapsed(ms)}`;
  const lines = [`started  ${started ?? "?"}`, `ended    ${ended ?? explain(status, events)}${took}`];
  const outcomes = formatOutcomes(windows);
  if (outcomes !== "") lines.push(`windows  ${outcomes}`);
  return lines.map((line) => `  ${line}\n`).join("");
}

function explain(status: RunDetails["status"], events: number): string {
  if (status === "running") return "not yet";
  if (status === "unknown") return "not known: it runs, or was broken off, on another machine";
  return events === 0 ? "broken off before its first event" : "broken off: it ended without saying so";
}

function formatSteps({ steps }: RunDetails): string {
  return steps.map(({ id, status, rows, ms }) => `  ${id}  ${status}  ${formatNumberOf(rows, "row")} in ${formatElapsed(ms)}\n`).join("");
}

function formatTroubles({ failed, warnings, error }: RunDetails, paint: Paint): string {
  const warned = warnings.map(({ code, message }) => `${paint.yellow("warning:")} ${message} ${paint.dim(`(${code})`)}\n`);
  const shown = failed.slice(0, MOST_ERRORS).flatMap((window) => (window.error === null ? [] : [formatError(window.error, paint, null)]));
  const rest = failed.length - shown.length;
  const own = error !== null && !failed.some((window) => window.error?.message === error.message) ? formatError(error, paint, null) : "";
  return warned.join("") + shown.join("") + (rest > 0 ? `and ${formatNumberOf(rest, "more failed window")}\n` : "") + own;
}

function formatLeft({ id, folder, samples, workspace }: RunDetails): string {
  const first = samples.at(-1);
  const looks = samples.length === 0 ? "no sample" : `samples of ${samples.map(({ step }) => step).join(", ")}`;
  const kept = workspace === null ? "" : `  workspace  ${workspace}\n`;
  const next = first === undefined ? "" : `  Try: kpi runs show ${id} --step ${first.step}\n`;
  return `  folder     ${folder} (${looks})\n${kept}${next}`;
}
