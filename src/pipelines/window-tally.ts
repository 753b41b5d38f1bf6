import type { ErrorCode, KpiError } from "../core/errors.js";
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

  /** Counts windows that were committed; `cause` is the error that made the one window of a failed span fail. */
  add(published: readonly PublishedWindow[], cause?: KpiError): void {
    for (const window of published) {
      const name = { start: toIso(window.start), end: toIso(window.end) };
      const report: WindowReport = {
        ...name,
        reason: window.reason,
        status: window.status,
        source_rows: window.sourceRows,
        rows: window.rows,
        error: window.status === "failed" || window.status === "refused" ? windowError(window, name.start, cause) : null,
      };
      this.reports.push(report);
      this.#emit("window:end", report, { window: name });
      this.#warn(window, name);
    }
  }

  /** Totals of the run including some windows that are about to be added. */
  counts(more: readonly PublishedWindow[]): { windows: number; loaded: number; empty: number; failed: number } {
    const statuses = [...this.reports, ...more].map(({ status }) => status);
    const count = (...wanted: string[]) => statuses.filter((status) => wanted.includes(status)).length;
    return { windows: statuses.length, loaded: count("loaded"), empty: count("empty"), failed: count("failed", "refused") };
  }

  #warn(window: PublishedWindow, name: { start: string; end: string }): void {
    const warn = (code: string, message: string) => this.#emit("warning", { code, message }, { window: name });
    if (window.status === "empty") warn("EMPTY_WINDOW", `${name.start}: the source has no points; recorded as empty`);
    if (window.status === "loaded" && window.rows === 0)
      warn("NO_ROWS_OUT", `${name.start}: ${window.sourceRows} values came in and no row came out`);
    if (window.status === "skipped") warn(window.error?.code ?? "SKIPPED", `${name.start}: ${window.error?.message ?? "skipped"}`);
  }
}

function windowError(window: PublishedWindow, start: string, cause: KpiError | undefined): ErrorReport {
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
