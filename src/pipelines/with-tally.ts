import type { FieldCount, SourceCounts, SourceTally } from "../core/node.js";
import type { Instant } from "../core/time.js";
import type { Span } from "../core/window.js";

/** What the sources of a pipeline count, by step; steps whose source cannot count are left out. */
export type SourceTallies = ReadonlyMap<string, SourceTally>;

/** What was read of a span's windows, each with what its source counted apart from that: by the first of the tallies that knows of the window. */
export function withTallies(read: SourceCounts, tallies: readonly (SourceTally | undefined)[], { windows }: Span): SourceCounts {
  const known = tallies.filter((tally) => tally !== undefined);
  if (known.length === 0) return read;
  const counts = new Map(read);
  for (const { start } of windows) {
    const tally = known.find((one) => one.windows.has(start));
    if (tally !== undefined) counts.set(start, withTally(read.get(start) ?? {}, tally, start));
  }
  return counts;
}

type FieldCounts = Readonly<Record<string, FieldCount>>;

function withTally(read: FieldCounts, { method, windows }: SourceTally, start: Instant): FieldCounts {
  const counted = windows.get(start) ?? {};
  const names = new Set([...Object.keys(read), ...Object.keys(counted)]);
  const countOf = (name: string): FieldCount => {
    const { count = 0, sum = null } = counted[name] ?? {};
    return { values: read[name]?.values ?? 0, count, method, ...(sum !== null && { sum }) };
  };
  return Object.fromEntries([...names].map((name) => [name, countOf(name)]));
}
