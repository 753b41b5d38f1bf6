import { KpiError } from "../../core/errors.js";

/** Whether a request may have been carried out though it failed: no answer came, or one that says nothing of it. */
export function isUnclear(thrown: unknown): boolean {
  return thrown instanceof KpiError && ["SOURCE_UNREACHABLE", "SOURCE_BUSY", "SOURCE_TIMEOUT"].includes(thrown.code);
}
