import type { RelationColumn } from "../core/relation.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import { tableName } from "./read-ledger.js";

/** The columns of a published table or view, given as `table` or `schema.table`; none where there is no such table. */
export function columnsOf({ db, catalog }: OpenWarehouse, table: string): Promise<RelationColumn[]> {
  const [schema = "main", name = table] = tableName(table).split(".");
  return db.rows<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM duckdb_columns()
     WHERE lower(database_name) = lower($1) AND lower(schema_name) = lower($2) AND lower(table_name) = lower($3) ORDER BY column_index`,
    [catalog, schema, name],
  );
}
