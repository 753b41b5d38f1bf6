import type { SqlRow } from "../core/database.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import { EMPTY_LEDGER, type LedgerRange, type LedgerState } from "./ledger-range.js";
import { hasLedger, ledgerSchema } from "./ledger-schema.js";

/** Reads what a plan needs, as ranges made by SQL: windows that are adjacent and alike are one row. Throws LEDGER_TOO_NEW. */
export async function readLedger(warehouse: OpenWarehouse, pipeline: string, definition: string): Promise<LedgerState> {
  if (!(await hasLedger(warehouse))) return EMPTY_LEDGER;
  const ranges = await readRanges(warehouse, pipeline, definition);
  const row = await pipelineRow(warehouse, pipeline);
  const loaded = ranges.some(({ status }) => status === "loaded");
  return {
    ...row,
    ranges,
    missingTables: loaded ? await readMissingTables(warehouse, pipeline) : [],
  };
}

/** What the ledger remembers of a pipeline as a whole. Throws LEDGER_TOO_NEW. */
export async function readPipelineRow(
  warehouse: OpenWarehouse,
  pipeline: string,
): Promise<Pick<LedgerState, "grid" | "firstHour" | "publishes">> {
  return (await hasLedger(warehouse)) ? pipelineRow(warehouse, pipeline) : EMPTY_LEDGER;
}

async function pipelineRow(warehouse: OpenWarehouse, pipeline: string): Promise<Pick<LedgerState, "grid" | "firstHour" | "publishes">> {
  const [row] = await warehouse.db.rows<{ grid: string | null; first_hour: number | null; publishes: number }>(
    `SELECT max(grid) AS grid, epoch_ms(min(first_hour)) AS first_hour, coalesce(max(publishes), 0) AS publishes FROM ${ledgerSchema(warehouse)}.pipelines WHERE pipeline = $1`,
    [pipeline],
  );
  return { grid: row?.grid ?? null, firstHour: row?.first_hour ?? null, publishes: row?.publishes ?? 0 };
}

type RangeRow = SqlRow & {
  from: number;
  to: number;
  windows: number;
  status: LedgerRange["status"];
  last: LedgerRange["lastStatus"];
  attempt: number;
  failures: number;
  current: boolean;
};

async function readRanges(warehouse: OpenWarehouse, pipeline: string, definition: string): Promise<LedgerRange[]> {
  const rows = await warehouse.db.rows<RangeRow>(
    `WITH alike AS (
       SELECT window_start, window_end, row(status, last_attempt_status, attempt, failures, definition IS NOT DISTINCT FROM $2) AS kind,
         status, last_attempt_status AS last, attempt, failures, definition IS NOT DISTINCT FROM $2 AS current
       FROM ${ledgerSchema(warehouse)}.windows WHERE pipeline = $1
     ), marked AS (
       SELECT *, NOT (lag(window_end) OVER ordered IS NOT DISTINCT FROM window_start AND lag(kind) OVER ordered IS NOT DISTINCT FROM kind) AS begins
       FROM alike WINDOW ordered AS (ORDER BY window_start)
     ), islands AS (SELECT *, sum(begins::INTEGER) OVER (ORDER BY window_start) AS island FROM marked)
     SELECT epoch_ms(min(window_start)) AS "from", epoch_ms(max(window_end)) AS "to", count(*) AS windows, any_value(status) AS status,
       any_value(last) AS last, any_value(attempt) AS attempt, any_value(failures) AS failures, any_value(current) AS current
     FROM islands GROUP BY island ORDER BY 1`,
    [pipeline, definition],
  );
  return rows.map(({ last, ...range }) => ({ ...range, lastStatus: last }));
}

async function readMissingTables(warehouse: OpenWarehouse, pipeline: string): Promise<string[]> {
  const rows = await warehouse.db.rows<{ table: string }>(
    `SELECT "table" FROM ${ledgerSchema(warehouse)}.tables WHERE pipeline = $1
     AND "table" NOT IN (SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = $2) ORDER BY 1`,
    [pipeline, warehouse.catalog],
  );
  return rows.map(({ table }) => table);
}

/** A table's name with its schema, as the ledger keeps it. */
export function tableName(table: string): string {
  return table.includes(".") ? table : `main.${table}`;
}

/** Who owns the tables that a pipeline wants to publish to, where that is another pipeline. */
export async function foreignOwners(
  warehouse: OpenWarehouse,
  pipeline: string,
  tables: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (tables.length === 0 || !(await hasLedger(warehouse))) return new Map();
  const rows = await warehouse.db.rows<{ table: string; pipeline: string }>(
    `SELECT "table", pipeline FROM ${ledgerSchema(warehouse)}.tables WHERE pipeline <> $1`,
    [pipeline],
  );
  const wanted = new Set(tables.map(tableName));
  return new Map(rows.filter(({ table }) => wanted.has(table)).map(({ table, pipeline: owner }) => [table, owner]));
}

/** The oldest window that has used up its attempts, with its last error: what a run names when it has nothing else to fail on. */
export async function lastError(
  warehouse: OpenWarehouse,
  pipeline: string,
  start: number,
): Promise<{ code: string; message: string } | null> {
  const [row] = await warehouse.db.rows<{ code: string | null; message: string | null }>(
    `SELECT error_code AS code, error AS message FROM ${ledgerSchema(warehouse)}.windows WHERE pipeline = $1 AND epoch_ms(window_start) = $2`,
    [pipeline, start],
  );
  return row?.code == null ? null : { code: row.code, message: row.message ?? "" };
}

/** The end of the newest window that held points; null where none did. */
export async function lastPoints(warehouse: OpenWarehouse, pipeline: string): Promise<number | null> {
  const [row] = await warehouse.db.rows<{ end: number | null }>(
    `SELECT epoch_ms(max(window_end)) AS "end" FROM ${ledgerSchema(warehouse)}.attempts WHERE pipeline = $1 AND status = 'loaded' AND source_rows > 0`,
    [pipeline],
  );
  return row?.end ?? null;
}
