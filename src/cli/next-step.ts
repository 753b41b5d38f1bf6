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
