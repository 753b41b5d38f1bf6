import { KpiError, toKpiError } from "../core/errors.js";

/** What went wrong. In a run that is being stopped, whatever an interrupted step says about it, the reason of the stop. */
export function whyStopped(thrown: unknown, signal: AbortSignal): KpiError {
  return signal.aborted && signal.reason instanceof KpiError ? signal.reason : toKpiError(thrown);
}
