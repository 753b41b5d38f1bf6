import type { Instant } from "./time.js";

/** A half-open interval `[start, end)`: what a windowed pipeline computes at a time. With `every: 1h` it is an hour in UTC. */
export interface Window {
  readonly start: Instant;
  readonly end: Instant;
}

/** Adjacent windows handled in one go: extracted together, committed together. `start` and `end` are the outer bounds. */
export interface Span extends Window {
  readonly windows: readonly Window[];
}

/** The raster on which a pipeline's windows lie: every so many minutes in UTC, or local days of a time zone (of 23, 24 or 25 hours). */
export interface Grid {
  /** As written in the pipeline: `1h`, `15m`, `1d`. */
  readonly every: string;
  /** IANA name; counts only for `1d`. */
  readonly timezone: string;
  /** The start of the window that holds the instant. */
  floor(instant: Instant): Instant;
  /** The start of the window after the one that holds the instant. */
  next(instant: Instant): Instant;
  /** The start of the window before the one that holds the instant. */
  previous(instant: Instant): Instant;
  /** Midnight of a bare date (`2026-01-31`) in `timezone`; null when it is no date. */
  midnight(date: string): Instant | null;
  /** SQL that gives the start of the window of a TIMESTAMPTZ expression. */
  startOf(timestamp: string): string;
}

/** Joins windows that must be adjacent and in order into a span. */
export function toSpan(windows: readonly Window[]): Span {
  const first = windows[0];
  const last = windows.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("a span has at least one window");
  return { start: first.start, end: last.end, windows };
}

/** The windows of a grid from one aligned instant up to another. */
export function* windowsBetween(grid: Grid, from: Instant, to: Instant): Generator<Window> {
  for (let start = from; start < to; ) {
    const end = grid.next(start);
    yield { start, end };
    start = end;
  }
}
