import type { BackfillRange } from "../core/engine.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { Instant } from "../core/time.js";
import type { Grid, Window } from "../core/window.js";
import type { Counted } from "./count-recent.js";
import { findLate } from "./find-late.js";
import type { LedgerState } from "./ledger-range.js";
import type { LateRange } from "./open-again.js";
import type { Past } from "./read-past.js";

/** What the sources say about windows before a plan is made; what they counted is kept with the windows that are done. */
export interface Lateness extends Counted {
  readonly late: readonly LateRange[];
}

const NOTHING_LATE: Lateness = { late: [], tallies: new Map(), warnings: [] };

/** Compares what the sources count in the recent windows with the ledger. Throws what `countRecent` throws. */
export async function lateWindows(
  pipeline: WindowedPipeline,
  { ledger, kept, count }: Pick<Past, "ledger" | "kept" | "count">,
  stretch: Window | null,
): Promise<Lateness> {
  const sums = pipeline.late?.by === "sum";
  if (stretch === null || (!sums && !isKnown(stretch, ledger))) return NOTHING_LATE;
  const counted = await count(stretch);
  const known = kept.filter(({ start }) => start >= stretch.start);
  return { ...counted, late: findLate(known, counted.tallies) };
}

interface PlanTimes {
  readonly grid: Grid;
  readonly range: BackfillRange | undefined;
  /** Before which windows are planned, and before which they have settled. */
  readonly horizon: Instant;
  readonly settled: Instant;
}

/** The windows whose counts may be asked for; null where none are. */
export function recentWindows({ late }: WindowedPipeline, { range, grid, horizon, settled }: PlanTimes): Window | null {
  const window = (start: Instant) => (start < horizon ? { start, end: horizon } : null);
  if (range !== undefined) return range.rerun === "late" ? window(range.from) : null;
  return late === undefined ? null : window(grid.floor(settled - late.window));
}

/** Whether there is anything to compare with. */
function isKnown({ start, end }: Window, { ranges }: LedgerState): boolean {
  return ranges.some(({ status, from, to }) => (status === "loaded" || status === "empty") && from < end && to > start);
}
