import { ERRORS } from "../core/errors.js";
import type { ErrorReport } from "../core/reports.js";

/** What to try after an error: null where its hint says it all; `look` where nothing better is known. */
export function nextStep({ code, hint, retryable }: ErrorReport, command: string, look = "kpi help exit-codes"): string | null {
  if (code === "USAGE") return `${command} --help`;
  if (hint !== null) return null;
  if (code === "INTERRUPTED" || code === "TERMINATED") return "the same command again; it goes on where it stopped";
  if (retryable) return "the same command again, later";
  return ERRORS[code].exit === 78 ? "kpi validate" : look;
}

/** What a person decides where hours would lose every row. */
export function allowEmpty(pipeline: string): string {
  return `If the source rightly has no points there any more: kpi run ${pipeline} --allow-empty`;
}
