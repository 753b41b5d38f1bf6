import type { Database } from "../../core/database.js";
import { KpiError } from "../../core/errors.js";
import type { RelationColumn } from "../../core/relation.js";
import { qualify } from "../../core/sql.js";

/** A table of the warehouse that rows are published to. */
export interface Target {
  /** As the step names it: `table` or `schema.table`. */
  readonly name: string;
  /** The quoted, qualified names. */
  readonly schema: string;
  readonly table: string;
  /** Null where there is no such table yet. */
  readonly columns: readonly RelationColumn[] | null;
}

/** Looks the table up in a catalog. Throws CONFIG_INVALID where the name is a view's. */
export async function findTarget(db: Database, catalog: string, name: string): Promise<Target> {
  const [table = "", schema = "main"] = name.split(".").reverse();
  const of = "lower(database_name) = lower($1) AND lower(schema_name) = lower($2)";
  const columns = await db.rows<{ name: string; type: string; view: boolean }>(
    `SELECT column_name AS name, data_type AS type, EXISTS (SELECT 1 FROM duckdb_views() WHERE ${of} AND lower(view_name) = lower($3)) AS view
     FROM duckdb_columns() WHERE ${of} AND lower(table_name) = lower($3) ORDER BY column_index`,
    [catalog, schema, table],
  );
  if (columns.some(({ view }) => view))
    throw new KpiError("CONFIG_INVALID", `Cannot publish to "${name}": it is a view`, { hint: "Name a table, or drop the view" });
  return {
    name,
    schema: qualify(catalog, schema),
    table: qualify(catalog, schema, table),
    columns: columns.length === 0 ? null : columns.map(({ name: column, type }) => ({ name: column, type })),
  };
}
