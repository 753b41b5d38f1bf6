import type { KpiError } from "../core/errors.js";
import type { ErrorReport } from "../core/reports.js";

/** An error as machines read it. */
export function toErrorReport({ code, message, hint, step, retryable }: KpiError): ErrorReport {
  return { code, message, hint: hint ?? null, step: step ?? null, window: null, retryable };
}
