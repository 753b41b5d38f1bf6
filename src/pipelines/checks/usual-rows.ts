import { timestampLiteral } from "../../core/sql.js";
import type { Instant } from "../../core/time.js";
import type { OpenWarehouse } from "../../core/warehouse.js";
import type { Grid, Window } from "../../core/window.js";
import { ledgerSchema } from "../ledger-schema.js";

const WEEK = 7 * 86_400_000;

/** The median of the rows that were published to a table for the same window of so many weeks before; null where none of them is loaded. */
export async function usualRows(
  warehouse: OpenWarehouse,
  { pipeline, table, grid }: { readonly pipeline: string; readonly table: string; readonly grid: Grid },
  window: Window,
  weeks: number,
): Promise<number | null> {
  const starts = Array.from({ length: weeks }, (_, index) => weeksBefore(grid, window, index + 1));
  const attempts = await warehouse.db.rows<{ outputs: string | null }>(
    `SELECT arg_max(outputs, attempt) AS outputs FROM ${ledgerSchema(warehouse)}.attempts
      WHERE pipeline = $1 AND status = 'loaded' AND window_start IN (${starts.map(timestampLiteral).join(", ")}) GROUP BY window_start`,
    [pipeline],
  );
  const counts = attempts.flatMap(({ outputs }) => (JSON.parse(outputs ?? "{}") as Outputs)[table]?.rows ?? []);
  return median(counts);
}

type Outputs = Readonly<Record<string, { readonly rows: number } | undefined>>;

/** From the window's middle, so that a day of 23 or 25 hours in between does not lead to its neighbour. */
function weeksBefore(grid: Grid, { start, end }: Window, weeks: number): Instant {
  return grid.floor((start + end) / 2 - weeks * WEEK);
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
