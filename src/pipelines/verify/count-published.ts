import { qualify, quoteIdentifier, timestampLiteral } from "../../core/sql.js";
import type { Instant } from "../../core/time.js";
import type { OpenWarehouse } from "../../core/warehouse.js";
import type { Grid, Window } from "../../core/window.js";
import { columnsOf } from "../read-columns.js";
import { tableName } from "../read-ledger.js";

/** Where the rows of windows lie: a table, and its column with the window's start. */
export interface Published {
  readonly table: string;
  readonly column: string;
}

/** Counts a table's rows by window; a table that is gone holds none. */
export async function countPublished(
  open: OpenWarehouse,
  { table, column }: Published,
  grid: Grid,
  { start, end }: Window,
): Promise<ReadonlyMap<Instant, number>> {
  const found = (await columnsOf(open, table)).find(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (found === undefined) return new Map();
  const moment = inUtc(quoteIdentifier(column), found.type);
  const rows = await open.db.rows<{ start: Instant; rows: number }>(
    `SELECT epoch_ms(${grid.startOf(moment)}) AS start, count(*) AS rows FROM ${qualify(open.catalog, ...tableName(table).split("."))}
     WHERE ${moment} >= ${timestampLiteral(start)} AND ${moment} < ${timestampLiteral(end)} GROUP BY 1`,
  );
  return new Map(rows.map((row) => [row.start, row.rows]));
}

/** A time as TIMESTAMPTZ: without a zone it is UTC. */
export function inUtc(expression: string, type: string): string {
  return type === "TIMESTAMP" ? `(${expression} AT TIME ZONE 'UTC')` : expression;
}
