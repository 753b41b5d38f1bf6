import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { SqlRow } from "../../src/core/database.js";
import { toSqlRow } from "../../src/duckdb/to-sql-value.js";
import type { KpiProject } from "./kpi-project.js";

/** Looks into a project's warehouse as an analyst would, under the name `kpi`. */
export async function tables(project: KpiProject, sql: string): Promise<SqlRow[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH '${join(project.folder, "data/kpi.duckdb")}' AS kpi (READ_ONLY)`);
    const rows = await (await connection.run(sql)).getRowObjects();
    return rows.map(toSqlRow);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
