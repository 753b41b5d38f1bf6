import type { HourStatus } from "../core/reports.js";
import type { Instant } from "../core/time.js";
import type { Grid, Window } from "../core/window.js";
import type { HoursOfLedger } from "./read-hours.js";

/** Adjacent windows that look alike. */
export type HoursRange = Omit<HoursOfLedger, "quarters">;

/** The ranges with what nobody has tried between two instants as `missing`; what lies outside of them stays as it is. */
export function fillGaps(ranges: readonly HoursRange[], grid: Grid, from: Instant, to: Instant): HoursRange[] {
  const filled: HoursRange[] = [];
  let at = from;
  const gap = (end: Instant) => {
    if (at < end) filled.push({ from: at, to: end, windows: countWindows(grid, at, end), status: "missing", last: null, rows: 0 });
  };
  for (const range of ranges) {
    gap(Math.min(range.from, to));
    filled.push(range);
    at = Math.max(at, range.to);
  }
  gap(to);
  return filled;
}

/** The ranges with what lies in the spans, which may be beyond them, as `running`. */
export function overlayRunning(ranges: readonly HoursRange[], spans: readonly Window[], grid: Grid): HoursRange[] {
  return spans.reduce((all, span) => all.flatMap((range) => cut(range, span, grid)), [...ranges]);
}

function cut(range: HoursRange, span: Window, grid: Grid): HoursRange[] {
  const start = Math.max(range.from, span.start);
  const end = Math.min(range.to, span.end);
  if (start >= end) return [range];
  const part = (from: Instant, to: Instant, status: HourStatus): HoursRange[] => {
    const windows = countWindows(grid, from, to);
    return from < to ? [{ ...range, from, to, status, windows, rows: Math.round((range.rows * windows) / range.windows) }] : [];
  };
  return [...part(range.from, start, range.status), ...part(start, end, "running"), ...part(end, range.to, range.status)];
}

/** Neighbours that touch each other and are alike, as one. */
export function joinAlike(ranges: readonly HoursRange[]): HoursRange[] {
  const joined: HoursRange[] = [];
  for (const { from, to, status, last, rows, windows } of ranges) {
    const before = joined.at(-1);
    if (before?.to === from && before.status === status && before.last === last) {
      joined[joined.length - 1] = { ...before, to, rows: before.rows + rows, windows: before.windows + windows };
    } else joined.push({ from, to, status, last, rows, windows });
  }
  return joined;
}

/** Over an even grid a difference; days of a time zone are walked through. */
export function countWindows(grid: Grid, from: Instant, to: Instant): number {
  if (grid.every !== "1d") return (to - from) / (grid.next(from) - from);
  let count = 0;
  for (let at = from; at < to; at = grid.next(at)) count += 1;
  return count;
}
