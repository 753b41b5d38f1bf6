import type { SqlRow } from "./database.js";
import type { DifferenceOptions } from "./difference.js";
import type { EventListener, RunEvent } from "./events.js";
import type { Pipeline, Project } from "./pipeline.js";
import type { RelationColumn } from "./relation.js";
import type { BackfillRecord, HoursReport, PlanReport, Rerun, RunDetails, RunEntry, RunReport, RunStatus, StateReport } from "./reports.js";
import type { StateExport, StateHistory, StateList, StateLock } from "./state-reports.js";
import type { PipelineState } from "./state-store.js";
import type { Instant } from "./time.js";
import type { CompareOptions, CompareReport, VerifyOptions, VerifyReport } from "./verification.js";
import type { Window } from "./window.js";

/** A stretch of windows to be done whatever the cursor says; half-open, its bounds those of windows. */
export interface BackfillRange {
  readonly from: Instant;
  readonly to: Instant;
  readonly rerun: Rerun;
  /** The id of an unfinished backfill of these windows, which it goes on with. */
  readonly resume?: string | undefined;
  /** Starts over where an unfinished backfill has already done some of the windows again. */
  readonly anew?: boolean | undefined;
  readonly newestFirst?: boolean | undefined;
  /** What becomes of the windows after one that failed; default: continue. */
  readonly onFailure?: "stop" | "continue" | undefined;
  /** How many spans may be in memory at once: extracted side by side, published in order. Default: 2. */
  readonly concurrency?: number | undefined;
}

/** What may be asked of one run. */
export interface RunOptions {
  readonly listeners: readonly EventListener[];
  /** UUIDv7 by default. */
  readonly runId?: string | undefined;
  /** Makes the run a backfill of these windows. It never moves the first hour, and the cursor only where the prefix grows. */
  readonly range?: BackfillRange | undefined;
  /** Does these windows, in order, and no others, processed or not. */
  readonly again?: readonly Window[] | undefined;
  /** Plan no window that ends after this. */
  readonly until?: Instant | undefined;
  readonly maxWindows?: number | undefined;
  /** How long to wait for another runner's lock, in ms; default: not at all. */
  readonly wait?: number | undefined;
  readonly allowEmpty?: boolean | undefined;
  /** Keep the workspace in the run's folder. */
  readonly keep?: boolean | undefined;
  /** Aborted with the `KpiError` that says why: INTERRUPTED or TERMINATED. */
  readonly signal: AbortSignal;
}

/** What may be asked of a plan. */
export interface PlanOptions {
  readonly range?: BackfillRange | undefined;
  readonly until?: Instant | undefined;
  readonly maxWindows?: number | undefined;
  readonly allowEmpty?: boolean | undefined;
  /** Ask each source for the query it would get. */
  readonly explain?: boolean | undefined;
  /** Compute the windows too, and compare what they would publish with what is published. */
  readonly difference?: DifferenceOptions | undefined;
  /** Hear what happens while they are computed. */
  readonly listeners?: readonly EventListener[] | undefined;
  readonly signal: AbortSignal;
}

/** From which store to which a state is copied. */
export interface CopyOptions {
  readonly from: string | null;
  readonly to: string | null;
  /** Mark as adopted what the source knows of and the warehouse does not hold. */
  readonly adopt: boolean;
  readonly reason: string | null;
}

/** What a change of a pipeline's state did: the state as it is now, and how many windows were marked as what. */
export interface StateChange {
  readonly state: StateReport;
  readonly marked: { readonly status: "skipped" | "adopted" | "reopened" | "restored" | "none"; readonly windows: number };
}

/** Which hours to look at: a stretch of time, or the last windows that have settled. */
export interface HoursOptions {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** Instead of `from`; in ms or in windows. Default: 30 days, of days a year. */
  readonly last?: { readonly ms: number } | { readonly windows: number } | undefined;
  readonly signal: AbortSignal;
}

/** Which runs to list, newest first. */
export interface RunsQuery {
  readonly pipeline?: string | undefined;
  readonly status?: RunStatus | undefined;
  /** Those that settled the window that holds this moment. */
  readonly window?: Instant | undefined;
  /** So many at most. */
  readonly most?: number | undefined;
  /** Started at or after this. */
  readonly since?: Instant | undefined;
}

/** The newest published rows of one table. */
export interface PublishedTable {
  readonly table: string;
  readonly columns: readonly RelationColumn[];
  /** Rows in order of window, then key. */
  readonly rows: readonly SqlRow[];
}

/** Everything that a face (command line, server) can ask of an open project. */
export interface Engine extends AsyncDisposable {
  readonly project: Project;
  /** The pipeline of that name; throws `UNKNOWN_PIPELINE` with the nearest name. Without a name: the only one there is. */
  pipeline(name: string | undefined): Pipeline;
  run(pipeline: Pipeline, options: RunOptions): Promise<RunReport>;
  plan(pipeline: Pipeline, options: PlanOptions): Promise<PlanReport>;
  /** A backfill by its id, the beginning of it, or `last`. Throws USAGE where none, or more than one, is meant. */
  backfill(pipeline: Pipeline, id: string, signal: AbortSignal): Promise<BackfillRecord>;
  readonly state: {
    show(pipeline: Pipeline): Promise<StateReport>;
    /** Moves the cursor to an hour: forward marks the windows between as skipped (or adopted), back reopens those after it. */
    set(pipeline: Pipeline, hour: Instant, options: { readonly adopt: boolean; readonly reason: string | null }): Promise<StateChange>;
    /** Reopens everything from an hour on; default: the first hour. */
    reset(pipeline: Pipeline, from: Instant | null, options: { readonly reason: string | null }): Promise<StateChange>;
    /** Settles one window that cannot be loaded. */
    skip(pipeline: Pipeline, hour: Instant, options: { readonly reason: string }): Promise<StateChange>;
    /** Every pipeline's state in short, and keys of the store that are no pipeline's. */
    list(): Promise<StateList>;
    history(pipeline: Pipeline): Promise<StateHistory>;
    /** Takes back the newest change of the history that can be taken back. Throws USAGE, STATE_AHEAD. */
    undo(pipeline: Pipeline, options: { readonly reason: string | null }): Promise<StateChange>;
    export(): Promise<StateExport>;
    /** Makes a state what an export says; `adopt` marks what the warehouse does not hold. Throws STATE_AHEAD, USAGE. */
    restore(
      pipeline: Pipeline,
      state: PipelineState,
      options: { readonly adopt: boolean; readonly reason: string | null },
    ): Promise<StateChange>;
    /** Copies a state between stores, each a name of `stores`, a type, or null = the one of `state`. Throws USAGE, STATE_AHEAD. */
    copy(pipeline: Pipeline, options: CopyOptions): Promise<StateChange>;
    /** Who holds the pipeline's locks. */
    locks(pipeline: Pipeline): Promise<StateLock[]>;
    /** Takes locks away from exactly these holders; gives those that still held them. */
    unlock(pipeline: Pipeline, locks: readonly StateLock[], options: { readonly reason: string | null }): Promise<StateLock[]>;
  };
  /** What became of a pipeline's hours, as ranges. Throws USAGE for a workflow and for a stretch that is empty, GRID_CHANGED. */
  hours(pipeline: Pipeline, options: HoursOptions): Promise<HoursReport>;
  /** Compares source, ledger and warehouse window by window. Throws USAGE for a workflow and for a stretch that is empty, GRID_CHANGED, SOURCE_*. */
  verify(pipeline: Pipeline, options: VerifyOptions): Promise<VerifyReport>;
  /** Compares the table a pipeline publishes with another one, key by key. Throws USAGE where the two cannot be compared. */
  compare(pipeline: Pipeline, options: CompareOptions): Promise<CompareReport>;
  /** The runs whose folders are kept. They are read from their files alone; the warehouse stays closed. A run is named by its id, the beginning of it, or `last`. */
  readonly runs: {
    list(query: RunsQuery): Promise<RunEntry[]>;
    /** Throws USAGE where no run, or more than one, is meant. */
    show(run: string): Promise<RunDetails>;
    /** The rows of a step's sample. Throws USAGE where there is none. */
    sample(run: string, step: string): Promise<SqlRow[]>;
    /** Its events up to now; with `follow`, also those to come, until it ends or nobody is alive. Throws USAGE. */
    events(run: string, options: { readonly follow: boolean; readonly signal: AbortSignal }): AsyncGenerator<RunEvent>;
    /** Removes what was last written before an instant of the machine's clock, but no live run; gives the ids. */
    prune(before: Instant): Promise<string[]>;
  };
  /** What the pipeline published last: its tables with the rows of the newest windows. */
  show(pipeline: Pipeline, options: { readonly windows: number; readonly signal: AbortSignal }): Promise<PublishedTable[]>;
  /** Reads a moment as a person writes it for a pipeline: RFC 3339, or a bare date = midnight in the pipeline's `timezone`; null when it is neither. */
  moment(pipeline: Pipeline, text: string): Promise<Instant | null>;
}
