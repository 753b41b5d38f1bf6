import type { Reason, Rerun } from "../core/reports.js";
import type { Instant } from "../core/time.js";
import { type Grid, type Window, windowsBetween } from "../core/window.js";
import { isProcessed, type LedgerRange } from "./ledger-range.js";
import { type LateRange, openAgain } from "./open-again.js";

/** All that a plan depends on. The same input gives the same plan, whoever asks: `run`, `plan`, later `backfill`. */
export interface PlanInput {
  readonly grid: Grid;
  readonly ranges: readonly LedgerRange[];
  /** Where to begin: the first hour, or a backfill's own. */
  readonly from: Instant;
  /** Which windows a backfill wants; null: those that are not processed, as a run does. */
  readonly rerun: Rerun | null;
  /** Windows that are not wanted, whatever they are: a resumed backfill has done them. In order. */
  readonly done?: readonly Window[];
  /** Plans the newest windows first, of each range and of all. */
  readonly newestFirst?: boolean;
  /** Windows that are wanted, and no others; absent: all. In order. */
  readonly only?: readonly Window[] | undefined;
  /** Loaded windows whose source counts otherwise now. In order. */
  readonly late?: readonly LateRange[];
  /** So much before the first window that is due is done again with it, in ms. */
  readonly lookback?: number | undefined;
  /** The end of the last window that may be planned. */
  readonly horizon: Instant;
  readonly maxAttempts: number;
  readonly maxWindows: number;
  readonly allowEmpty: boolean;
  /** The one window that extractors without a past can still answer for; null where every extractor has a past. */
  readonly onlyReplayable: Instant | null;
}

/** Adjacent windows to be done for the same reason. */
export interface PlannedRange {
  readonly from: Instant;
  readonly to: Instant;
  readonly reason: Reason;
  /** The newest attempt the plan knows of; 0 = none. Publishing makes sure that it still is. */
  readonly seen: number;
  /** False: the past can no longer be asked, so they are recorded as skipped. */
  readonly replayable: boolean;
}

/** Windows that a run leaves alone until a person settles them. */
export interface UnsettledRange {
  readonly from: Instant;
  readonly to: Instant;
  readonly because: "attempts used up" | "refused";
}

export interface Plan {
  /** In order; where `maxWindows` leaves some out, the last of them or, newest first, the first. */
  readonly ranges: readonly PlannedRange[];
  readonly unsettled: readonly UnsettledRange[];
  /** Processed windows computed under another definition: told, not redone. */
  readonly stale: number;
}

/** Decides which windows a run handles, and why. Pure, and over ranges: a hundred thousand processed hours are one comparison. */
export function plan(input: PlanInput): Plan {
  const open = withAgain(input, openRanges(input))
    .flatMap((range) => (input.only === undefined ? [range] : within(range, input.only)))
    .flatMap((range) => without(range, input.done ?? []));
  const unsettled = open.flatMap((range) => {
    const because = unsettledBecause(range, input);
    return because === null ? [] : [{ from: range.from, to: range.to, because }];
  });
  const wanted = open.filter((range) => unsettledBecause(range, input) === null).flatMap((range) => planned(range, input));
  const stale = input.ranges.filter(isStale);
  return { ranges: firstWindows(wanted, input), unsettled, stale: stale.reduce((sum, { windows }) => sum + windows, 0) };
}

/** Whether windows are loaded or empty under another definition. */
export function isStale({ status, current }: LedgerRange): boolean {
  return (status === "loaded" || status === "empty") && !current;
}

/** A stretch that is not processed: a range of the ledger, or a gap in it. */
interface OpenRange extends Pick<LedgerRange, "from" | "to"> {
  readonly known: LedgerRange | null;
  readonly reason: Reason;
}

function openRanges({ ranges, from: begin, horizon, rerun }: PlanInput): OpenRange[] {
  const lastProcessed = ranges.findLast(({ status }) => isProcessed(status))?.from ?? Number.NEGATIVE_INFINITY;
  const open: OpenRange[] = [];
  const gap = (from: Instant, to: Instant) => {
    const wanted = rerun === null || rerun === "missing" || rerun === "all";
    if (from < to && wanted) open.push({ from, to, known: null, reason: from < lastProcessed ? "missing" : "due" });
  };
  let at = begin;
  for (const range of ranges) {
    const from = Math.max(range.from, begin);
    const to = Math.min(range.to, horizon);
    if (from >= to) continue;
    gap(at, from);
    const reason = reasonFor(range, rerun);
    if (reason !== null) open.push({ from, to, known: range, reason });
    at = to;
  }
  gap(at, horizon);
  return open;
}

/** Why a range with attempts is wanted; null where it is not. */
function reasonFor(range: LedgerRange, rerun: Rerun | null): Reason | null {
  const { status, lastStatus } = range;
  const processed = isProcessed(status);
  if (rerun === "failed") return lastStatus === "failed" || lastStatus === "refused" ? "failed" : null;
  if (rerun === "late") return null;
  if (rerun === "stale") return isStale(range) ? "stale" : null;
  if (processed) return rerun === "all" ? "asked" : null;
  return status === "failed" ? "failed" : "asked";
}

/** With the processed windows that are to be done again, in order. */
function withAgain(input: PlanInput, open: readonly OpenRange[]): readonly OpenRange[] {
  const { rerun, late = [], lookback = 0 } = input;
  if ((rerun !== null && rerun !== "late") || (late.length === 0 && lookback === 0)) return open;
  const due = rerun === null ? (open.find(({ reason }) => reason === "due")?.from ?? null) : null;
  return [...open, ...openAgain({ ...input, late, lookback }, due)].sort((a, b) => a.from - b.from);
}

/** What of a range lies in some windows. */
function within(range: OpenRange, windows: readonly Window[]): OpenRange[] {
  return windows
    .map(({ start, end }) => ({ ...range, from: Math.max(range.from, start), to: Math.min(range.to, end) }))
    .filter(({ from, to }) => from < to);
}

/** What a range is without some windows. */
function without(range: OpenRange, done: readonly Window[]): OpenRange[] {
  const parts: OpenRange[] = [];
  let from = range.from;
  for (const { start, end } of done) {
    if (end <= from || start >= range.to) continue;
    if (start > from) parts.push({ ...range, from, to: start });
    from = end;
  }
  return from < range.to ? [...parts, { ...range, from }] : parts;
}

function unsettledBecause({ known }: OpenRange, { maxAttempts, allowEmpty, rerun }: PlanInput): UnsettledRange["because"] | null {
  if (known === null || (rerun !== null && rerun !== "missing")) return null;
  if (known.failures >= maxAttempts) return "attempts used up";
  return known.lastStatus === "refused" && !allowEmpty ? "refused" : null;
}

function planned({ from, to, known, reason }: OpenRange, { onlyReplayable }: PlanInput): PlannedRange[] {
  const range = { from, to, reason, seen: known?.attempt ?? 0, replayable: true };
  if (onlyReplayable === null) return [range];
  const cut = Math.min(Math.max(onlyReplayable, from), to);
  const parts = [
    { ...range, to: cut, replayable: false },
    { ...range, from: cut },
  ];
  return parts.filter((part) => part.from < part.to);
}

/** The oldest `maxWindows` windows, or the newest. */
function firstWindows(ranges: readonly PlannedRange[], { grid, maxWindows, newestFirst }: PlanInput): PlannedRange[] {
  if (maxWindows === Number.POSITIVE_INFINITY) return [...ranges];
  if (newestFirst === true) return lastWindows(ranges, grid, maxWindows);
  let left = maxWindows;
  const kept: PlannedRange[] = [];
  for (const range of ranges) {
    let to = range.from;
    for (; to < range.to && left > 0; left--) to = grid.next(to);
    if (to > range.from) kept.push({ ...range, to });
  }
  return kept;
}

function lastWindows(ranges: readonly PlannedRange[], grid: Grid, most: number): PlannedRange[] {
  let left = most;
  const kept: PlannedRange[] = [];
  for (const range of ranges.toReversed()) {
    let from = range.to;
    for (; from > range.from && left > 0; left--) from = grid.previous(from);
    if (from < range.to) kept.unshift({ ...range, from });
  }
  return kept;
}

export interface PlannedWindow extends Window {
  readonly reason: Reason;
  readonly seen: number;
  readonly replayable: boolean;
}

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** 1970 began on a Thursday. */
const MONDAY = 4 * DAY;

/**
 * The spans of a backfill, in the order in which they are done; `batch` is asked anew for each. Where a batch fits into a day, none goes over a midnight in
 * UTC, or else, where it fits into a week, over that to a Monday, for there the shards of a source meet, and a span over two shards is two queries.
 */
export function backfillSpans(
  ranges: readonly PlannedRange[],
  grid: Grid,
  batch: () => number,
  newestFirst: boolean,
): Iterable<readonly PlannedWindow[]> {
  const first = ranges[0]?.from ?? 0;
  const every = grid.next(first) - grid.floor(first);
  const spans = spansOf(ranges, grid, batch, (start, most) => {
    if (most * every > WEEK) return false;
    return (start - MONDAY) % (most * every > DAY ? WEEK : DAY) === 0;
  });
  return newestFirst ? [...spans].reverse() : spans;
}

/** Cuts a plan into spans of at most `batch` adjacent windows; `begins` says where one begins whatever its size. A window that failed before goes alone: it would spoil its neighbours. */
export function* spansOf(
  ranges: readonly PlannedRange[],
  grid: Grid,
  batch: () => number,
  begins: (start: Instant, most: number) => boolean = () => false,
): Generator<readonly PlannedWindow[]> {
  let span: PlannedWindow[] = [];
  let most = batch();
  for (const { from, to, reason, seen, replayable } of ranges) {
    for (const window of windowsBetween(grid, from, to)) {
      const last = span.at(-1);
      const joins =
        last !== undefined &&
        last.end === window.start &&
        !begins(window.start, most) &&
        last.replayable === replayable &&
        last.reason !== "failed" &&
        reason !== "failed";
      if (span.length > 0 && (!joins || span.length >= most)) {
        yield span;
        span = [];
        most = batch();
      }
      span.push({ ...window, reason, seen, replayable });
    }
  }
  if (span.length > 0) yield span;
}
