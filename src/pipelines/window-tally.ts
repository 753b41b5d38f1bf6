import type { ErrorCode } from "../core/errors.js";
import { ERRORS } from "../core/errors.js";
import type { Emit } from "../core/events.js";
import type { ErrorReport, WindowReport } from "../core/reports.js";
import { toIso } from "../core/time.js";
import type { PublishedWindow } from "./publish-span.js";

/** Collects what became of a run's windows, tells it, and warns of what is no plain success. */
export class WindowTally {
  readonly #emit: Emit;
  readonly reports: WindowReport[] = [];

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** Counts windows that were committed. */
  add(published: readonly PublishedWindow[]): void {
    for (const window of published) {
      const name = { start: toIso(window.start), end: toIso(window.end) };
      const report: WindowReport = {
        ...name,
        reason: window.reason,
        status: window.status,
        source_rows: window.sourceRows,
        rows: window.rows,
        error: window.status === "failed" || window.status === "refused" ? windowError(window, name.start) : null,
      };
      this.reports.push(report);
      this.#emit("window:end", report, { window: name });
    }
    this.#warn(published);
  }

  get hasFailed(): boolean {
    return this.reports.some(({ error }) => error !== null);
  }

  /** Totals of the run including some windows that are about to be added. */
  counts(more: readonly PublishedWindow[]): { windows: number; loaded: number; empty: number; failed: number } {
    const statuses = [...this.reports, ...more].map(({ status }) => status);
    const count = (...wanted: string[]) => statuses.filter((status) => wanted.includes(status)).length;
    return { windows: statuses.length, loaded: count("loaded"), empty: count("empty"), failed: count("failed", "refused") };
  }

  #warn(published: readonly PublishedWindow[]): void {
    for (const { first, last, windows, warning } of groupWarnings(published)) {
      const bounds = windows === 1 ? toIso(first.start) : `${toIso(first.start)} → ${toIso(last.end)}, ${windows} windows`;
      const of = windows === 1 ? { window: { start: toIso(first.start), end: toIso(first.end) } } : {};
      this.#emit("warning", { code: warning.code, message: `${bounds}: ${warning.message}` }, of);
    }
  }
}

interface WarningGroup {
  readonly first: PublishedWindow;
  readonly last: PublishedWindow;
  readonly windows: number;
  readonly warning: Warning;
}

/** Adjacent windows with the same warning are warned of once. */
function groupWarnings(published: readonly PublishedWindow[]): WarningGroup[] {
  const groups: WarningGroup[] = [];
  for (const window of published) {
    const warning = warningOf(window);
    const group = groups.at(-1);
    if (warning === null) continue;
    if (group?.warning.code === warning.code && group.last.end === window.start)
      groups[groups.length - 1] = { ...group, last: window, windows: group.windows + 1 };
    else groups.push({ first: window, last: window, windows: 1, warning });
  }
  return groups;
}

interface Warning {
  readonly code: string;
  readonly message: string;
}

function warningOf({ status, rows, error }: PublishedWindow): Warning | null {
  if (status === "empty") return { code: "EMPTY_WINDOW", message: "the source has no points; recorded as empty" };
  if (status === "loaded" && rows === 0) return { code: "NO_ROWS_OUT", message: "values came in and no row came out" };
  return status === "skipped" ? { code: error?.code ?? "SKIPPED", message: error?.message ?? "skipped" } : null;
}

function windowError(window: PublishedWindow, start: string): ErrorReport {
  const { cause } = window;
  const code = (window.error?.code ?? "INTERNAL") as ErrorCode;
  const hint =
    window.status === "refused" ? "If that is right: kpi run --allow-empty, or allow_empty: true in the pipeline" : (cause?.hint ?? null);
  return {
    code,
    message: cause?.message ?? window.error?.message ?? "",
    hint,
    step: cause?.step ?? null,
    window: start,
    retryable: cause?.retryable ?? ERRORS[code].retryable,
  };
}
