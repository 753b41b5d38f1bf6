import type { BackfillOutline } from "../core/reports.js";
import type { Instant } from "../core/time.js";
import type { Grid } from "../core/window.js";
import { countWindows } from "./hours-ranges.js";
import type { LedgerRange } from "./ledger-range.js";

type Hours = BackfillOutline["hours"];

/** Counts the windows between two instants by what they are. */
export function hoursOf(ranges: readonly LedgerRange[], grid: Grid, from: Instant, to: Instant): Hours {
  const hours = { loaded: 0, empty: 0, stale: 0, skipped: 0, adopted: 0, failed: 0, missing: from < to ? countWindows(grid, from, to) : 0 };
  for (const range of ranges) {
    const [start, end] = [Math.max(range.from, from), Math.min(range.to, to)];
    if (start >= end) continue;
    const windows = countWindows(grid, start, end);
    hours.missing -= windows;
    hours[lookOf(range)] += windows;
  }
  return hours;
}

/** As `kpi hours` shows it. */
function lookOf({ status, lastStatus, current }: LedgerRange): keyof Hours {
  if (status === "reopened") return lastStatus === "failed" || lastStatus === "refused" ? "failed" : "missing";
  return (status === "loaded" || status === "empty") && !current ? "stale" : status;
}
