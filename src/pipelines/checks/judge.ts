import type { CheckRule } from "../../core/check.js";
import { type Instant, toIso } from "../../core/time.js";
import { describeRule } from "./describe-rule.js";

/** What a scan measured of one relation in one window, for one rule. */
export interface Measured {
  readonly rows: number;
  /** Rows that fail, rows, or the newest time in ms; null = there is none. */
  readonly found: number | null;
  /** The window's end; in a workflow now. */
  readonly until: Instant;
  /** For `usual_row_count`: the median of earlier weeks; null where none is remembered. */
  readonly usual: number | null;
}

/** What is wrong, as the end of a message; null where nothing is. Pure. */
export function judge(rule: CheckRule, { rows, found, until, usual }: Measured): string | null {
  switch (rule.kind) {
    case "row_count":
      return within(rows, rule.least, rule.most) ? null : `it has ${rows} rows, ${bounds(rule.least, rule.most)} are wanted`;
    case "usual_row_count":
      return usual === null || within(rows, times(rule.least, usual), times(rule.most, usual))
        ? null
        : `it has ${rows} rows, the same window of ${rule.weeks} weeks before had ${usual} (median), ${bounds(rule.least, rule.most)} times that is wanted`;
    case "freshness":
      if (found !== null && found >= until - rule.within) return null;
      return `its newest "${rule.column}" is ${found === null ? "missing" : toIso(found)}, ${toIso(until - rule.within)} or later is wanted`;
    default:
      return (found ?? 0) === 0 ? null : `${found} of ${rows} rows fail ${describeRule(rule)}`;
  }
}

function within(value: number, least: number | null, most: number | null): boolean {
  return (least === null || value >= least) && (most === null || value <= most);
}

function times(factor: number | null, value: number): number | null {
  return factor === null ? null : factor * value;
}

function bounds(least: number | null, most: number | null): string {
  if (least === null) return `at most ${most}`;
  return most === null ? `at least ${least}` : `${least} to ${most}`;
}
