import type { PublishedTable } from "../core/engine.js";
import type { Pipeline } from "../core/pipeline.js";
import { qualify, quoteIdentifier } from "../core/sql.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import { loadSteps } from "./compute-span.js";
import { tableName } from "./read-ledger.js";
import { WINDOW_START } from "./relation-table.js";
import { type EngineParts, withSession } from "./session.js";
import { uuidV7 } from "./uuid-v7.js";

/** Reads the rows of the newest windows of each table that a pipeline publishes to; tables that do not exist yet are left out. */
export async function showPublished(
  parts: EngineParts,
  pipeline: Pipeline,
  { windows, signal }: { readonly windows: number; readonly signal: AbortSignal },
): Promise<PublishedTable[]> {
  const names = loadSteps(pipeline.steps).flatMap((step) => step.node.table(step.settings) ?? []);
  const session = { id: `show-${uuidV7(Date.now())}`, folders: [], signal, warn: () => undefined };
  return withSession(parts, pipeline, session, async ({ workspace, warehouse }) => {
    await workspace.allThreads();
    const read = await warehouse.read(async (open) => {
      const tables: PublishedTable[] = [];
      for (const name of names) tables.push(...(await readTable(open, name, windows)));
      return tables;
    });
    return read ?? [];
  });
}

async function readTable({ db, catalog }: OpenWarehouse, name: string, windows: number): Promise<PublishedTable[]> {
  const [schema = "main", table = name] = tableName(name).split(".");
  const found = await db.rows("SELECT 1 AS one FROM duckdb_tables() WHERE database_name = $1 AND schema_name = $2 AND table_name = $3", [
    catalog,
    schema,
    table,
  ]);
  if (found.length === 0) return [];
  const source = qualify(catalog, schema, table);
  const columns = await db.describe(`SELECT * FROM ${source}`);
  const keys = columns.filter(({ type }) => type === "VARCHAR").map((column) => quoteIdentifier(column.name));
  if (!columns.some((column) => column.name === WINDOW_START)) {
    return [{ table: name, columns, rows: await db.rows(`SELECT * FROM ${source} LIMIT 1000`) }];
  }
  const newest = `SELECT DISTINCT ${WINDOW_START} FROM ${source} ORDER BY 1 DESC LIMIT ${Math.max(1, Math.trunc(windows))}`;
  const order = [WINDOW_START, ...keys].join(", ");
  return [{ table: name, columns, rows: await db.rows(`SELECT * FROM ${source} WHERE ${WINDOW_START} IN (${newest}) ORDER BY ${order}`) }];
}
