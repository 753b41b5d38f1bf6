import type { SourceTally } from "../../core/node.js";
import type { Span } from "../../core/window.js";
import type { PointCounts } from "./point-counts.js";

/** The counts of fields under the names of their columns, which stand in the same order. */
export function toTally(
  method: string,
  counts: PointCounts,
  fields: readonly string[],
  columns: readonly string[],
  { windows }: Span,
): SourceTally {
  const of = (start: number) =>
    Object.fromEntries(
      fields.map((field, index) => [columns[index] ?? field, { count: counts.get(start, field), sum: counts.sum(start, field) }]),
    );
  return { method, windows: new Map(windows.map(({ start }) => [start, of(start)])) };
}
