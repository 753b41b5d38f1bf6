import type { FieldCount, SourceTally } from "../core/node.js";
import type { Instant } from "../core/time.js";
import type { LateRange } from "./open-again.js";
import type { KeptSources, Sources } from "./read-sources.js";
import type { SourceTallies } from "./with-tally.js";

/** Sums of the same values in another order differ by less than this part of them. */
const SAME_SUM = 1e-12;

/** The windows whose sources count otherwise than when they were loaded, as ranges. */
export function findLate(kept: readonly KeptSources[], tallies: SourceTallies): LateRange[] {
  const ranges: LateRange[] = [];
  for (const { start, end, attempt, sources, refused } of kept) {
    if (!hasChanged(sources, tallies, start)) continue;
    const late = { from: start, to: end, attempt, refused: refused !== null && !hasChanged(refused, tallies, start) };
    const last = ranges.at(-1);
    const joins = last?.to === start && last.attempt === attempt && last.refused === late.refused;
    if (joins) ranges[ranges.length - 1] = { ...last, to: end };
    else ranges.push(late);
  }
  return ranges;
}

/** Whether the sources count otherwise now; a step that the window knows nothing of says nothing about it. */
function hasChanged(before: Sources, tallies: SourceTallies, start: Instant): boolean {
  return [...tallies].some(([step, { method, windows }]) => {
    const fields = before[step];
    if (fields === undefined) return false;
    const now = windows.get(start) ?? {};
    const names = new Set([...Object.keys(fields), ...Object.keys(now)]);
    return [...names].some((name) => differs(fields[name], method, now[name]));
  });
}

type Tallied = SourceTally["windows"] extends ReadonlyMap<Instant, Readonly<Record<string, infer Field>>> ? Field : never;

/** Counts of one method are compared with each other, and what was read only where no such count was kept. */
function differs(before: FieldCount | undefined, method: string, now: Tallied | undefined): boolean {
  const alike = before?.method === method && before.count !== null;
  const count = (alike ? before.count : before?.values) ?? 0;
  if (count !== (now?.count ?? 0)) return true;
  const sum = alike ? before.sum : undefined;
  return sum != null && now?.sum != null && Math.abs(sum - now.sum) > SAME_SUM * Math.max(Math.abs(sum), Math.abs(now.sum));
}
