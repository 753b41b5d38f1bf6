import type {
  ErrorReport,
  HourRange,
  HoursReport,
  PlanReport,
  RunDetails,
  RunReport,
  StateReport,
  WindowReport,
} from "../../../src/core/reports.js";
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

/** Ranges of adjacent hours from 2026 on: so many of that status, then so many of the next. */
export function hourRanges(...parts: readonly (readonly [windows: number, status: HourRange["status"], last?: string])[]): HourRange[] {
  let at = START;
  return parts.map(([windows, status, last = status]) => {
    const from = toIso(at);
    at += windows * HOUR;
    return { from, to: toIso(at), status, last_attempt_status: last, rows: status === "loaded" ? windows * 8 : 0, windows };
  });
}

export function hoursReport(of: Partial<HoursReport> = {}): HoursReport {
  const ranges = of.ranges ?? hourRanges([48, "loaded"]);
  const [from = toIso(START), to = toIso(START)] = [ranges[0]?.from, ranges.at(-1)?.to];
  const none = { loaded: 0, empty: 0, skipped: 0, adopted: 0, failed: 0, missing: 0, running: 0, late: 0, stale: 0, not_replayable: 0 };
  const summary = { windows: 0, last_attempt_failed: 0, ...none };
  for (const { status, windows, last_attempt_status: last } of ranges) {
    summary.windows += windows;
    summary[status] += windows;
    if (status !== "failed" && last === "failed") summary.last_attempt_failed += windows;
  }
  return {
    ...{ schema_version: 1, ok: true, pipeline: "pipeline-horario", every: "1h", timezone: "UTC" },
    ...{ offsets: [{ from, minutes: 0 }], from, to, last_processed_hour: "2026-01-02T23:00:00Z" },
    ...{ ranges, usual_rows: 8, sparse: [], summary, ...of },
  };
}

export function runDetails(of: Partial<RunDetails> = {}): RunDetails {
  return {
    ...{ id: "run-1", pipeline: "pipeline-horario", status: "ok", started: "2026-01-01T12:00:00Z", ended: "2026-01-01T12:00:01Z" },
    ...{ ms: 412, events: 20, windows: { loaded: 12, empty: 0, failed: 0, refused: 0, skipped: 0 }, error: null },
    ...{ steps: [{ id: "kpi", status: "done", rows: 96, ms: 30 }], failed: [], warnings: [] },
    ...{ folder: "/project/.kpi/runs/run-1", samples: [{ step: "kpi", path: "/project/.kpi/runs/run-1/samples/kpi.ndjson" }] },
    ...{ workspace: null, ...of },
  };
}
