import type { ErrorCode } from "./errors.js";

/** Why a window is in a plan. */
export type Reason = "due" | "missing" | "failed" | "late" | "lookback" | "stale" | "asked";

/** How a window of a run ended. */
export type Outcome = "loaded" | "empty" | "failed" | "refused" | "skipped";

/** The documents below are what `--json` prints: times are RFC 3339 in UTC; keys are stable. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  readonly step: string | null;
  readonly window: string | null;
  readonly retryable: boolean;
}

/** What became of one window of a run. */
export interface WindowReport {
  readonly start: string;
  readonly end: string;
  readonly reason: Reason;
  readonly status: Outcome;
  readonly source_rows: number;
  readonly rows: number;
  readonly error: ErrorReport | null;
}

/** What became of one step, over all windows of a run. */
export interface StepReport {
  readonly id: string;
  readonly status: "done" | "failed" | "skipped";
  readonly rows: number;
  readonly ms: number;
}

/** `kpi run --json`. */
export interface RunReport {
  readonly schema_version: 1;
  readonly ok: boolean;
  readonly pipeline: string;
  readonly run: string;
  readonly cursor: string | null;
  readonly windows: readonly WindowReport[];
  readonly steps: readonly StepReport[];
  readonly ms: number;
  /** What each `output` step of a workflow wrote or holds. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** There exactly when `ok` is false: the first one. */
  readonly error?: ErrorReport;
  /** The exit status that belongs to it. Not printed. */
  readonly exit?: number;
}

/** `kpi plan --json`. */
export interface PlanReport {
  readonly schema_version: 1;
  readonly ok: true;
  readonly pipeline: string;
  readonly flow: string;
  readonly cursor: string | null;
  /** The end of the last window that has settled; null for a workflow. */
  readonly horizon: string | null;
  readonly windows: readonly { readonly start: string; readonly end: string; readonly reason: Reason }[];
  /** Windows that a run leaves alone, and why. */
  readonly unsettled: readonly { readonly start: string; readonly end: string; readonly because: "attempts used up" | "refused" }[];
  /** Processed windows that were computed under another definition of the pipeline. */
  readonly stale: number;
  readonly steps: readonly {
    readonly id: string;
    readonly type: string;
    readonly from: readonly string[];
    readonly query: string | null;
  }[];
}

/** `kpi state show --json`. */
export interface StateReport {
  readonly schema_version: 1;
  readonly ok: true;
  readonly pipeline: string;
  readonly last_processed_hour: string | null;
  readonly first_hour: string | null;
  readonly store: string;
  readonly version: string | null;
  readonly updated_at: string | null;
  readonly updated_by: string | null;
}
