import type { Database } from "../../core/database.js";
import { KpiError } from "../../core/errors.js";
import type { LoadInput } from "../../core/node.js";
import type { RelationColumn } from "../../core/relation.js";
import { quoteIdentifier, timestampLiteral } from "../../core/sql.js";
import type { Window } from "../../core/window.js";
import { WINDOW_START } from "./window-column.js";

export interface RowsToPublish {
  /** A query for the rows of the windows, each with its `window_start`; in a workflow, for all rows. */
  readonly query: string;
  /** Without `window_start`. */
  readonly columns: readonly RelationColumn[];
}

/**
 * The rows of the windows. Rows without a window of their own belong to each.
 * `own`: a column of the rows named like the table's window column. It must lie in its row's window, whose start takes its place; else STEP_FAILED.
 */
export async function rowsToPublish(
  db: Database,
  input: LoadInput,
  windows: readonly Window[] | null,
  own: string,
): Promise<RowsToPublish> {
  const columns = input.columns.map(({ name, type }) => ({ name, type: type.startsWith("ENUM(") ? "VARCHAR" : type }));
  if (windows === null) return { query: `SELECT * FROM ${input.table}`, columns };
  const doubled = columns.find(({ name }) => name.toLowerCase() === own.toLowerCase());
  const bounds = `(VALUES ${windows.map(({ start, end }) => `(${timestampLiteral(start)}, ${timestampLiteral(end)})`).join(", ")}) AS w(${WINDOW_START}, window_end)`;
  if (!input.windowed) {
    if (doubled !== undefined) throw outside(doubled.name, "the rows belong to no window");
    return { query: `SELECT s.*, w.${WINDOW_START} FROM ${input.table} AS s CROSS JOIN ${bounds}`, columns };
  }
  await requireInside(
    db,
    input.table,
    WINDOW_START,
    `${WINDOW_START} IN (${windows.map(({ start }) => timestampLiteral(start)).join(", ")})`,
  );
  if (doubled !== undefined) {
    const column = quoteIdentifier(doubled.name);
    const joined = `${input.table} JOIN ${bounds} USING (${WINDOW_START})`;
    await requireInside(db, joined, doubled.name, `${column} >= ${WINDOW_START} AND ${column} < window_end`);
  }
  return { query: `SELECT * FROM ${input.table}`, columns: columns.filter((column) => column !== doubled) };
}

async function requireInside(db: Database, from: string, column: string, inside: string): Promise<void> {
  const [stray] = await db.rows(`SELECT ${quoteIdentifier(column)} AS value FROM ${from} WHERE (${inside}) IS NOT TRUE LIMIT 1`);
  if (stray !== undefined) throw outside(column, `"${String(stray.value)}" lies outside the window`);
}

function outside(column: string, state: string): KpiError {
  return new KpiError("STEP_FAILED", `Cannot publish the step's own column "${column}": ${state}`, {
    hint: "kpi writes the window's start there itself; leave the column out, or give it another name",
  });
}
