import { toKpiError } from "../../core/errors.js";
import type { Finding } from "../../core/finding.js";

type Subject = Pick<Finding, "about" | "name">;

export function good(subject: Subject, message: string): Finding {
  return { ...subject, level: "ok", code: null, message, hint: null };
}

export function doubtful(subject: Subject, message: string, hint: string): Finding {
  return { ...subject, level: "warning", code: null, message, hint };
}

/** What was thrown as a finding; every one says what to do. */
export function bad(subject: Subject, thrown: unknown, hint = "`kpi help exit-codes` and docs/errors.md tell more of this code"): Finding {
  const error = toKpiError(thrown);
  const place = error.place === undefined ? "" : `${[error.place.file, error.place.line, error.place.column].filter(Boolean).join(":")} `;
  return { ...subject, level: "error", code: error.code, message: `${place}${error.message}`, hint: error.hint ?? hint };
}
