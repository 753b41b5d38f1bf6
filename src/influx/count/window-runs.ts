import type { Instant } from "../../core/time.js";
import type { Span, Window } from "../../core/window.js";

/** Adjacent windows of one length, in ms. */
export interface WindowRun extends Window {
  readonly every: number;
}

/** Puts neighbours of the same length together: a span of hours is one run, local days make three where a clock is changed. */
export function windowRuns({ windows }: Span): WindowRun[] {
  const runs: WindowRun[] = [];
  for (const { start, end } of windows) {
    const last = runs.at(-1);
    if (last?.every === end - start) runs[runs.length - 1] = { ...last, end };
    else runs.push({ start, end, every: end - start });
  }
  return runs;
}

/** How far after a multiple of its length a run's windows begin, in ms. */
export function offsetOf({ start, every }: WindowRun): number {
  return ((start % every) + every) % every;
}

/** The start of the window of a run that holds a moment. */
export function startOf({ start, every }: WindowRun, moment: Instant): Instant {
  return start + Math.floor((moment - start) / every) * every;
}
