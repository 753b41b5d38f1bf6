import type { Database } from "../../core/database.js";
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

/** Looks the table up in a catalog. A view of that name is not found: making the table then says so. */
export async function findTarget(db: Database, catalog: string, name: string): Promise<Target> {
  const [table = "", schema = "main"] = name.split(".").reverse();
  const found = await db.rows(
    "SELECT 1 AS one FROM duckdb_tables() WHERE lower(database_name) = lower($1) AND lower(schema_name) = lower($2) AND lower(table_name) = lower($3)",
    [catalog, schema, table],
  );
  const qualified = qualify(catalog, schema, table);
  const columns = found.length === 0 ? null : await db.describe(`SELECT * FROM ${qualified}`);
  return { name, schema: qualify(catalog, schema), table: qualified, columns };
}
