import type { WindowedPipeline } from "../core/pipeline.js";
import type { WindowReport } from "../core/reports.js";

/** So many values are extracted and committed together without taking much memory or time. */
const FEW_VALUES = 2_000_000;

/** How many windows the next span of a backfill may have, by what those before it held. */
export function backfillBatch({ batch, longBatch = batch }: WindowedPipeline, done: readonly WindowReport[]): number {
  const values = done.reduce((sum, { source_rows: rows }) => sum + rows, 0);
  const few = done.length === 0 ? 0 : Math.floor((FEW_VALUES * done.length) / Math.max(values, 1));
  return Math.max(batch, Math.min(longBatch, few));
}
