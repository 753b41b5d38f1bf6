import type { Database } from "../../core/database.js";
import { KpiError } from "../../core/errors.js";
import type { Output } from "../../core/node.js";

/** A query as a step's output. Throws STEP_FAILED, in the step's words, where DuckDB does not take it: an unknown name, types that do not fit. */
export async function selectOutput(db: Database, sql: string): Promise<Output> {
  try {
    await db.describe(sql);
  } catch (thrown) {
    if (!(thrown instanceof KpiError) || thrown.code !== "STEP_FAILED") throw thrown;
    const state = thrown.message.replace(/^\w+ Error: /, "");
    throw new KpiError("STEP_FAILED", `Cannot run the step's query: ${state}`, { cause: thrown, hint: thrown.hint });
  }
  return { kind: "select", sql };
}
