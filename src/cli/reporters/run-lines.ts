import type { RunEvent } from "../../core/events.js";
import type { WindowReport } from "../../core/reports.js";
import type { Paint } from "../colour.js";
import { formatElapsed, formatNumberOf } from "../text/format.js";
import { mapStrings } from "../text/map-strings.js";
import { plainText } from "../text/plain-text.js";
import { formatBackfill } from "./format-backfill.js";
import { formatRanges } from "./format-windows.js";

/** How much is told: warnings; also windows that went wrong; also every span; also every step. */
const DETAILS = ["warnings", "troubles", "spans", "steps"] as const;
export type Detail = (typeof DETAILS)[number];

/** Makes of a run's events, one after another, the lines to print: text that ends with a newline, or none. */
export function createRunLines(detail: Detail, paint: Paint): (event: RunEvent) => string {
  const tells = (least: Detail) => DETAILS.indexOf(detail) >= DETAILS.indexOf(least);
  const spanEnds = new Set<string>();
  let ended: WindowReport[] = [];
  let trouble: string | undefined;

  const flush = () => {
    const text = tells("spans") ? formatRanges(ended, paint) : "";
    ended = [];
    return text;
  };
  const takeWindow = (window: WindowReport) => {
    if (window.error !== null) {
      const before = trouble;
      trouble = window.error.message;
      return tells("troubles") ? flush() + formatTrouble(window, before, paint) : "";
    }
    ended.push(window);
    return spanEnds.delete(window.end) ? flush() : "";
  };

  return (raw) => {
    const event = mapStrings(raw, plainText);
    switch (event.type) {
      case "run:start":
        return tells("spans") ? formatStart(event.pipeline, event.data) : "";
      case "backfill:start":
        return tells("troubles") ? formatBackfill(event.data, paint) : "";
      case "span:start":
        spanEnds.add(event.data.end);
        return "";
      case "window:end":
        return takeWindow(event.data);
      case "warning":
        return `${paint.yellow("warning:")} ${event.data.message} ${paint.dim(`(${about(event)})`)}\n`;
      case "step:retry":
        return tells("troubles") ? formatRetry(event, paint) : "";
      case "step:end":
        return tells("steps") ? `    ${event.step}: ${event.data.status}, ${amount(event.data)}\n` : "";
      case "log":
        return tells("steps") ? `    ${event.step ? `${event.step}: ` : ""}${event.data.message}\n` : "";
      case "run:end":
        return flush();
      case "step:start":
      case "step:progress":
        return "";
    }
  };
}

function formatStart(pipeline: string, { every, windows, from, to }: Extract<RunEvent, { type: "run:start" }>["data"]): string {
  if (every === null) return `${pipeline}: runs once\n`;
  return windows === 0 ? `${pipeline}: nothing to do\n` : `${pipeline}: ${formatNumberOf(windows, "window")}, ${from} → ${to}\n`;
}

function formatTrouble({ start, status, error }: WindowReport, before: string | undefined, paint: Paint): string {
  const message = error?.message === before ? "for the same reason" : error?.message;
  return `  ${start}  ${paint.red(status)}  ${message} ${paint.dim(`(${error?.code})`)}\n`;
}

function formatRetry({ step, data }: Extract<RunEvent, { type: "step:retry" }>, paint: Paint): string {
  const { retry, of, wait, code, message } = data;
  const when = `trying again in ${formatElapsed(wait)}, ${retry} of ${of}`;
  return `  ${paint.yellow(`${step}: ${when}`)}  ${message} ${paint.dim(`(${code})`)}\n`;
}

function about({ data, step, window }: Extract<RunEvent, { type: "warning" }>): string {
  const when = window && !data.message.includes(window.start) ? window.start : null;
  return [data.code, step && `step ${step}`, when].filter(Boolean).join(", ");
}

function amount({ rows, ms }: { readonly rows: number; readonly ms: number }): string {
  return `${formatNumberOf(rows, "row")} in ${formatElapsed(ms)}`;
}
