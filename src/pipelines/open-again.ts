import type { Reason } from "../core/reports.js";
import type { Instant } from "../core/time.js";
import type { Grid } from "../core/window.js";
import type { LedgerRange } from "./ledger-range.js";

/** Adjacent windows whose points at the source are no longer those that they were loaded with. */
export interface LateRange {
  readonly from: Instant;
  readonly to: Instant;
  /** The newest attempt when they were compared; once there is another, nothing is known any more. */
  readonly attempt: number;
  /** They were tried as they are now, and refused. */
  readonly refused: boolean;
}

export interface AgainInput {
  readonly grid: Grid;
  readonly ranges: readonly LedgerRange[];
  readonly from: Instant;
  readonly horizon: Instant;
  /** In order. */
  readonly late: readonly LateRange[];
  /** In ms. */
  readonly lookback: number;
  readonly onlyReplayable: Instant | null;
}

/** A stretch of windows that are processed and to be done again. */
export interface AgainRange {
  readonly from: Instant;
  readonly to: Instant;
  readonly known: LedgerRange;
  readonly reason: Extract<Reason, "late" | "lookback">;
}

/** The processed windows that a run does again: those that are late, and those shortly before the first window that is due (null: none is). */
export function openAgain(input: AgainInput, due: Instant | null): AgainRange[] {
  const earliest = Math.max(input.from, input.onlyReplayable ?? Number.NEGATIVE_INFINITY);
  const back = due === null || input.lookback === 0 ? Number.POSITIVE_INFINITY : input.grid.floor(due - input.lookback);
  return input.ranges
    .filter(({ status, to }) => (status === "loaded" || status === "empty") && to > earliest)
    .flatMap((range) => partsOf(range, Math.max(range.from, earliest), Math.min(range.to, input.horizon), back, input.late));
}

/** What is late of a range, and between that what is to be looked back at. */
function partsOf(range: LedgerRange, from: Instant, to: Instant, back: Instant, late: readonly LateRange[]): AgainRange[] {
  const parts: AgainRange[] = [];
  const lookBack = (start: Instant, end: Instant) => {
    if (Math.max(start, back) < end) parts.push({ from: Math.max(start, back), to: end, known: range, reason: "lookback" });
  };
  let at = from;
  for (const { attempt, refused, ...stretch } of late) {
    const start = Math.max(stretch.from, at);
    const end = Math.min(stretch.to, to);
    if (start >= end || attempt !== range.attempt) continue;
    lookBack(at, start);
    parts.push({ from: start, to: end, known: { ...range, lastStatus: refused ? "refused" : range.status }, reason: "late" });
    at = end;
  }
  lookBack(at, to);
  return parts;
}
