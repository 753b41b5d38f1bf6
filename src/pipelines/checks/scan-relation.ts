import type { Database } from "../../core/database.js";
import { KpiError, toKpiError } from "../../core/errors.js";
import type { Instant } from "../../core/time.js";
import { inWindows, type RelationTable, WINDOW_START } from "../relation-table.js";
import { type Measure, ROW } from "./compile-rule.js";

/** One window of a relation: its rows, and a number for each measure. Start null: a relation without windows. */
export interface Scanned {
  readonly start: Instant | null;
  readonly rows: number;
  readonly found: readonly (number | null)[];
}

/** Takes all measures of a relation in one scan. Windows without rows are left out. */
export async function scanRelation(
  db: Database,
  name: string,
  relation: RelationTable,
  measures: readonly Measure[],
  starts: readonly Instant[] | null,
): Promise<readonly Scanned[]> {
  const each = measures.map((measure, index) => `(${measure.each}) AS __${index}`);
  const totals = measures.map(({ total }, index) => `(${total(`__${index}`)})::BIGINT`);
  const scan = `SELECT __start AS start, count(*) AS rows, [${totals.join(", ")}] AS found FROM (
    SELECT ${relation.windowed ? `epoch_ms(${WINDOW_START})` : "NULL"} AS __start, ${each.join(", ")} FROM ${rowsOf(relation, starts)}
  ) GROUP BY 1`;
  return checking(name, () => db.rows<{ start: number | null; rows: number; found: (number | null)[] }>(scan));
}

/** The rows of some windows (null: all of them), under the name that rules are compiled with. */
export function rowsOf({ table, windowed }: RelationTable, starts: readonly Instant[] | null): string {
  return `(SELECT * FROM ${table} WHERE ${windowed ? inWindows(starts) : "true"}) AS ${ROW}`;
}

/** What the database cannot compute of a check is told as such. */
export async function checking<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    const error = toKpiError(thrown);
    if (error.code !== "STEP_FAILED") throw error;
    throw new KpiError("STEP_FAILED", `Cannot check "${name}": ${error.message}`, { cause: error, hint: error.hint });
  }
}
