import type { StepHarness } from "../support/step-harness.js";

/** The rows of the warehouse's table `kpis` as JSON, in order; none where there is no such table. */
export async function publishedRows({ published }: StepHarness): Promise<string[]> {
  const tables = await published("select 1 from duckdb_tables() where table_name = 'kpis'");
  if (tables.length === 0) return [];
  return (await published("select * from warehouse.kpis")).map((row) => JSON.stringify(row)).sort();
}
