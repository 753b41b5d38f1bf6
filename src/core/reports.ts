import type { TableDifference } from "./difference.js";
import type { ErrorCode } from "./errors.js";

/** Why a window is in a plan. */
export type Reason = "due" | "missing" | "failed" | "late" | "lookback" | "stale" | "asked";

/** How a window of a run ended. */
export type Outcome = "loaded" | "empty" | "failed" | "refused" | "skipped";

/**
 * Which windows of a range a backfill does: those not processed yet, those that failed however often, those whose source counts otherwise than when
 * they were loaded, those of an older definition, or all of them.
 */
export type Rerun = "missing" | "failed" | "late" | "stale" | "all";

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

/** What a backfill begins with. */
export interface BackfillOutline {
  /** Null in the plan of one that has not begun, and of one that has nothing to do. */
  readonly id: string | null;
  readonly resumed: boolean;
  readonly from: string;
  readonly to: string;
  readonly rerun: Rerun;
  /** The settled windows of the range by what they are now; `stale` ones are loaded or empty under another definition. */
  readonly hours: Readonly<Record<"loaded" | "empty" | "stale" | "skipped" | "adopted" | "failed" | "missing", number>>;
  /** Another backfill of the same windows that has not ended: its id. */
  readonly unfinished: string | null;
  /** What the hourly run does besides and a backfill leaves out; there only where there is something. */
  readonly suppressed?: readonly "notify"[];
}

/** A backfill as the warehouse remembers it, so that it can be gone on with, from any machine. */
export interface BackfillRecord {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly rerun: Rerun;
  readonly newest_first: boolean;
  readonly on_failure: "stop" | "continue";
  readonly begun: string;
  /** `replaced`: another one of the same windows was begun after it. */
  readonly status: "unfinished" | "done" | "replaced";
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
  /** There exactly in a backfill that had something to do; `unfinished` ones can be gone on with by their id. */
  readonly backfill?: { readonly id: string; readonly status: "unfinished" | "done" };
  /** What each `output` step of a workflow wrote or holds. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** There exactly when `ok` is false: the first one. */
  readonly error?: ErrorReport;
  /** The exit status that belongs to it. Not printed. */
  readonly exit?: number;
}

/** The document that a hook gets. */
export interface Notice {
  readonly schema_version: 1;
  readonly event: "failure" | "recovery" | "late" | "silence";
  /** The same in a sentence; chat services show a document's `text`. */
  readonly text: string;
  readonly pipeline: string;
  readonly run: string;
  /** When, by the run's clock. */
  readonly at: string;
  /** Since when runs have failed, or the source has been silent; null for late data. */
  readonly since: string | null;
  readonly cursor: string | null;
  readonly error: ErrorReport | null;
  /** Windows that failed, or that late data changed. */
  readonly windows: readonly WindowReport[];
}

/** What publishing the windows of a plan would change: found out on a copy, with nothing published. */
export interface PlanDifference {
  /** What would become of each window. */
  readonly windows: readonly WindowReport[];
  /** By loader that publishes to the warehouse. */
  readonly tables: readonly TableDifference[];
  /** Steps that act outside the warehouse: they were left out. */
  readonly left_out: readonly string[];
  readonly warnings: readonly string[];
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
  /** There exactly where a backfill is planned. */
  readonly backfill?: BackfillOutline;
  /** Windows that a run leaves alone, and why. */
  readonly unsettled: readonly { readonly start: string; readonly end: string; readonly because: "attempts used up" | "refused" }[];
  /** Processed windows that were computed under another definition of the pipeline. */
  readonly stale: number;
  /** From the first of them to the last; there only where there are some. */
  readonly stale_between?: { readonly from: string; readonly to: string };
  /** There exactly where it was asked for. */
  readonly difference?: PlanDifference;
  /** What sources said instead of counting; there only where they did. */
  readonly warnings?: readonly string[];
  readonly steps: readonly {
    readonly id: string;
    readonly type: string;
    readonly from: readonly string[];
    readonly query: string | null;
  }[];
}

/**
 * What an hour looks like from outside. A window that is loaded under another definition is `stale`; one whose source has changed since, while doing it again
 * came to nothing, is `late`.
 */
export type HourStatus =
  | "loaded"
  | "empty"
  | "skipped"
  | "adopted"
  | "failed"
  | "missing"
  | "running"
  | "late"
  | "stale"
  | "not_replayable";

/** Adjacent windows that look alike. */
export interface HourRange {
  readonly from: string;
  readonly to: string;
  readonly status: HourStatus;
  /** How the newest attempt ended, which may have failed over windows that are loaded; null where nobody has tried. */
  readonly last_attempt_status: string | null;
  /** Rows published, of all its windows. */
  readonly rows: number;
  readonly windows: number;
}

/** `kpi hours --json`. */
export interface HoursReport {
  readonly schema_version: 1;
  readonly ok: true;
  readonly pipeline: string;
  readonly every: string;
  readonly timezone: string;
  /** Minutes by which local time is ahead of UTC, from each of these instants on; the first is at or before `from`. */
  readonly offsets: readonly { readonly from: string; readonly minutes: number }[];
  readonly from: string;
  readonly to: string;
  readonly last_processed_hour: string | null;
  /** In order, not overlapping. Before the first hour, windows that nobody asked for are left out. */
  readonly ranges: readonly HourRange[];
  /** The median of rows over windows that hold some; null where none does. */
  readonly usual_rows: number | null;
  /** Loaded windows with fewer rows than usual: `quarters` of the usual number that they reach, rounded down; 3 is 75 % or more and is left out. */
  readonly sparse: readonly { readonly from: string; readonly to: string; readonly quarters: 0 | 1 | 2 }[];
  /** Windows by status; `last_attempt_failed` are those of other statuses whose newest attempt came to nothing. */
  readonly summary: Readonly<Record<HourStatus | "windows" | "last_attempt_failed", number>>;
}

/** How a run ended or stands. `unknown`: it has not ended, and whether it is alive cannot be told from this machine. */
export type RunStatus = "ok" | "failed" | "running" | "interrupted" | "unknown";

/** One run in `kpi runs list --json`. */
export interface RunEntry {
  readonly id: string;
  /** Null where the run's folder does not say. */
  readonly pipeline: string | null;
  readonly status: RunStatus;
  readonly started: string | null;
  /** Null while it has not ended, and where it was broken off. */
  readonly ended: string | null;
  readonly ms: number | null;
  /** How many events it has written; 0 = there is nothing to look at. */
  readonly events: number;
  /** Windows by their outcome. */
  readonly windows: Readonly<Record<Outcome, number>>;
  readonly error: ErrorReport | null;
}

/** `kpi runs show --json`, without the frame. */
export interface RunDetails extends RunEntry {
  readonly steps: readonly StepReport[];
  /** Windows that failed or were refused. */
  readonly failed: readonly WindowReport[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Absolute. */
  readonly folder: string;
  /** Looks at relations, at most 100 rows each: the relation's name (`step` or `step.port`) and its file. */
  readonly samples: readonly { readonly step: string; readonly path: string }[];
  /** The kept workspace; null where none is kept. */
  readonly workspace: string | null;
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
