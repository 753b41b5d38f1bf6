import type { ErrorReport, PlanReport, RunReport, StateReport, WindowReport } from "../../../src/core/reports.js";
import { toIso } from "../../../src/core/time.js";

const START = Date.parse("2026-01-01T00:00:00Z");
const HOUR = 3_600_000;

/** The window of the n-th hour of 2026. */
export function hour(index: number, of: Partial<WindowReport> = {}): WindowReport {
  const bounds = { start: toIso(START + index * HOUR), end: toIso(START + (index + 1) * HOUR) };
  return { ...bounds, reason: "due", status: "loaded", source_rows: 8_640, rows: 8, error: null, ...of };
}

export function hours(count: number, of: Partial<WindowReport> = {}): WindowReport[] {
  return Array.from({ length: count }, (_, index) => hour(index, of));
}

export function errorReport(of: Partial<ErrorReport> = {}): ErrorReport {
  const what = { code: "SOURCE_TRUNCATED", message: "Cannot read the reply: it ends early", hint: "Look at the source's log" } as const;
  return { ...what, step: "co", window: null, retryable: true, ...of };
}

export function runReport(of: Partial<RunReport> = {}): RunReport {
  const what = { schema_version: 1, ok: true, pipeline: "pipeline-horario", run: "run-1", cursor: "2026-01-01T11:00:00Z" } as const;
  return { ...what, windows: [], steps: [], ms: 412, exit: 0, ...of };
}

export function planReport(of: Partial<PlanReport> = {}): PlanReport {
  const what = { schema_version: 1, ok: true, pipeline: "pipeline-horario", flow: "co → kpi → publish" } as const;
  const where = { cursor: "2026-01-01T11:00:00Z", horizon: "2026-01-01T12:00:00Z" };
  return { ...what, ...where, windows: [], unsettled: [], stale: 0, steps: [], ...of };
}

export function stateReport(of: Partial<StateReport> = {}): StateReport {
  const what = { schema_version: 1, ok: true, pipeline: "pipeline-horario", store: "file", version: "7" } as const;
  const hours = { last_processed_hour: "2026-01-01T10:00:00Z", first_hour: "2026-01-01T00:00:00Z" };
  return { ...what, ...hours, updated_at: "2026-01-01T11:00:05Z", updated_by: "host/42", ...of };
}
