import type { Instant } from "../core/time.js";

/** How an attempt at a window ended. */
export type AttemptStatus = "loaded" | "empty" | "skipped" | "adopted" | "failed" | "refused" | "reopened";

/** The present truth of a window: that of its newest attempt that is neither failed nor refused, else failed. */
export type WindowStatus = Exclude<AttemptStatus, "refused">;

/** Adjacent windows of the ledger that are alike in everything a plan looks at. */
export interface LedgerRange {
  readonly from: Instant;
  readonly to: Instant;
  /** How many windows it spans. */
  readonly windows: number;
  readonly status: WindowStatus;
  readonly lastStatus: AttemptStatus;
  /** The number of the newest attempt. */
  readonly attempt: number;
  /** Failures since the newest attempt of another status. */
  readonly failures: number;
  /** Whether it was computed under the pipeline's present definition. */
  readonly current: boolean;
}

/** What the ledger knows of a pipeline. */
export interface LedgerState {
  /** As remembered; null before the first run. */
  readonly grid: string | null;
  readonly firstHour: Instant | null;
  /** How many transactions have published for it. */
  readonly publishes: number;
  /** In order, not overlapping; windows never tried are the gaps. */
  readonly ranges: readonly LedgerRange[];
  /** Tables that should hold loaded windows and are gone. */
  readonly missingTables: readonly string[];
}

export const EMPTY_LEDGER: LedgerState = { grid: null, firstHour: null, publishes: 0, ranges: [], missingTables: [] };

export function isProcessed(status: WindowStatus): boolean {
  return status === "loaded" || status === "empty" || status === "skipped" || status === "adopted";
}
