import type { BackfillRange } from "../core/engine.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { Instant } from "../core/time.js";
import { type Grid, toSpan, type Window, windowsBetween } from "../core/window.js";
import { findLate } from "./find-late.js";
import type { LedgerState } from "./ledger-range.js";
import type { LateRange } from "./open-again.js";
import type { KeptSources } from "./read-sources.js";
import type { EngineParts, Session } from "./session.js";
import { countSources } from "./source-tallies.js";
import type { SourceTallies } from "./with-tally.js";

/** What the sources say about windows before a plan is made. */
export interface Lateness {
  readonly late: readonly LateRange[];
  /** What they counted, to be kept with the windows that are done. */
  readonly tallies: SourceTallies;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

export const NOTHING_LATE: Lateness = { late: [], tallies: new Map(), warnings: [] };

export interface LateQuestion {
  readonly grid: Grid;
  readonly definition: string;
  readonly ledger: LedgerState;
  readonly firstHour: Instant;
  readonly horizon: Instant;
  readonly settled: Instant;
  readonly range: BackfillRange | undefined;
  /** What the ledger keeps of the sources of the `recentWindows`. */
  readonly kept: readonly KeptSources[];
  readonly signal: AbortSignal;
}

/** Asks the sources what they count in the recent windows, and compares that with the ledger. Throws what `countSources` throws. */
export async function lateWindows(
  parts: EngineParts,
  session: Session,
  pipeline: WindowedPipeline,
  question: LateQuestion,
): Promise<Lateness> {
  const recent = recentWindows(pipeline, question);
  if (recent === null) return NOTHING_LATE;
  const stretch = question.range === undefined ? { ...recent, start: Math.max(question.firstHour, recent.start) } : recent;
  const sums = pipeline.late?.by === "sum";
  if (stretch.start >= stretch.end || (!sums && !isKnown(stretch, question.ledger))) return NOTHING_LATE;
  const warnings: Lateness["warnings"][number][] = [];
  const tallies = await countSources(parts, session, pipeline, {
    span: toSpan([...windowsBetween(question.grid, stretch.start, stretch.end)]),
    ...{ sums, exact: false, signal: question.signal, warn: (code, message) => warnings.push({ code, message }) },
  });
  const kept = question.kept.filter(({ start }) => start >= stretch.start);
  return { late: findLate(kept, tallies), tallies, warnings };
}

/** The windows whose counts may be asked for; null where none are. */
export function recentWindows(
  { late }: WindowedPipeline,
  { range, grid, horizon, settled }: Pick<LateQuestion, "range" | "grid" | "horizon" | "settled">,
): Window | null {
  const window = (start: Instant) => (start < horizon ? { start, end: horizon } : null);
  if (range !== undefined) return range.rerun === "late" ? window(range.from) : null;
  return late === undefined ? null : window(grid.floor(settled - late.window));
}

/** Whether there is anything to compare with. */
function isKnown({ start, end }: Window, { ranges }: LedgerState): boolean {
  return ranges.some(({ status, from, to }) => (status === "loaded" || status === "empty") && from < end && to > start);
}
