import type { Database } from "../../core/database.js";
import { KpiError } from "../../core/errors.js";
import { quoteIdentifier } from "../../core/sql.js";
import type { Window } from "../../core/window.js";
import { inWindows, toColumn, WINDOW_START, type WindowColumn } from "./window-column.js";

/** Rows on their way into a table that fits them. */
export interface Rows {
  readonly db: Database;
  /** The table, quoted and qualified. */
  readonly table: string;
  /** A query for the rows, `window_start` among their columns where there are windows; null = nothing came. */
  readonly query: string | null;
  /** Without `window_start`. */
  readonly columns: readonly string[];
  /** Null in a workflow. */
  readonly windowed: { readonly column: WindowColumn; readonly windows: readonly Window[] } | null;
}

/** The windows' rows, or in a workflow all rows of the table, make way for those that came. */
export async function replaceRows(rows: Rows): Promise<void> {
  const { db, table, query, windowed } = rows;
  await db.run(`DELETE FROM ${table} WHERE ${windowed === null ? "true" : inWindows(windowed.column, windowed.windows)}`);
  if (query !== null) await db.run(`INSERT INTO ${table} (${into(rows)}) SELECT ${from(rows)} FROM (${query}) AS s`);
}

/** The windows' own rows go; then each key gets its row, unless the table has it from a newer window. */
export async function mergeRows(rows: Rows, key: readonly string[]): Promise<void> {
  const { db, table, query, windowed } = rows;
  if (windowed !== null) await db.run(`DELETE FROM ${table} WHERE ${inWindows(windowed.column, windowed.windows)}`);
  if (query === null) return;
  await requireUniqueKeys(rows, query, key);
  const keys = key.map(quoteIdentifier);
  // in a span a key may come once a window: the newest stays, as it would have window by window
  const newest =
    windowed === null
      ? query
      : `SELECT * FROM (${query}) QUALIFY row_number() OVER (PARTITION BY ${keys.join(", ")} ORDER BY ${WINDOW_START} DESC) = 1`;
  const same = keys.map((column) => `t.${column} IS NOT DISTINCT FROM s.${column}`).join(" AND ");
  const older =
    windowed === null
      ? ""
      : ` AND (t.${windowed.column.quoted} IS NULL OR t.${windowed.column.quoted} <= ${toColumn(windowed.column, `s.${WINDOW_START}`)})`;
  await db.run(`DELETE FROM ${table} AS t WHERE EXISTS (SELECT 1 FROM (${newest}) AS s WHERE ${same}${older})`);
  await db.run(
    `INSERT INTO ${table} (${into(rows)}) SELECT ${from(rows)} FROM (${newest}) AS s WHERE NOT EXISTS (SELECT 1 FROM ${table} AS t WHERE ${same})`,
  );
}

async function requireUniqueKeys({ db, windowed }: Rows, query: string, key: readonly string[]): Promise<void> {
  const groups = [...key, ...(windowed === null ? [] : [WINDOW_START])];
  const names = groups.map(quoteIdentifier).join(", ");
  const [twice] = await db.rows(
    `SELECT ${names}, count(*) AS times FROM (${query}) GROUP BY ${names} HAVING count(*) > 1 ORDER BY ${names} LIMIT 1`,
  );
  if (twice === undefined) return;
  const values = groups.map((name) => `${name} = ${String(twice[name])}`).join(", ");
  throw new KpiError("DUPLICATE_KEY", `Cannot merge by "${key.join(", ")}": ${String(twice.times)} rows have ${values}`, {
    hint: "Put a dedupe or an aggregate step before, or make the key longer",
  });
}

function into({ columns, windowed }: Rows): string {
  return [...(windowed === null ? [] : [windowed.column.quoted]), ...columns.map(quoteIdentifier)].join(", ");
}

function from({ columns, windowed }: Rows): string {
  const start = windowed === null ? [] : [toColumn(windowed.column, `s.${WINDOW_START}`)];
  return [...start, ...columns.map((column) => `s.${quoteIdentifier(column)}`)].join(", ");
}
