import { z } from "zod";
import type { Database } from "../core/database.js";
import { KpiError } from "../core/errors.js";
import { defineTransformer } from "../core/node.js";
import { selectOutput } from "./lib/select-output.js";
import { nodes } from "./lib/syntax-tree.js";
import { usesWindow, withWindow } from "./lib/window-variables.js";

export default defineTransformer({
  type: "sql",
  version: 1,
  summary: "Runs one query over its inputs, window by window",
  config: z
    .strictObject({
      sql: z
        .string()
        .min(1)
        .describe(
          "One SELECT in DuckDB's SQL. Inputs are tables named by their steps; $window_start and $window_end are the window's bounds",
        ),
      spans: z.boolean().default(false).describe("Run once over many windows; the query then sees `window_start` and must keep it"),
    })
    .refine(({ sql, spans }) => !(spans && usesWindow(sql)), {
      path: ["sql"],
      message: "$window_start and $window_end have no value under `spans: true`: use the column window_start",
    }),
  examples: [
    { sql: "select sensor_id, avg(co) as co_mean from co where time < $window_end - interval 5 minutes group by all" },
    { sql: "select * from co where co is not null and co >= 0", spans: true },
  ],
  inputs: { least: 1, most: 16 },
  spans: ({ spans }) => spans,
  transform: async ({ sql }, { db, window }) => {
    if (window === null && usesWindow(sql))
      throw new KpiError("CONFIG_INVALID", "Cannot give $window_start a value: what the step reads has no windows", {
        hint: "A workflow, or a step whose inputs have no time, has no window",
      });
    const query = window === null ? sql : withWindow(sql, window);
    await requireOneQuery(db, query);
    return selectOutput(db, `${query.replace(/[;\s]+$/, "")}\n`);
  },
});

/** Only queries can be turned into a tree, and a tree tells how many there are. */
async function requireOneQuery(db: Database, query: string): Promise<void> {
  const [row] = await db.rows<{ tree: string }>("SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true) AS tree", [
    query,
  ]);
  const tree = row?.tree ?? "";
  if (!tree.startsWith('{"error":true')) {
    const [{ n = 0 } = {}] = await db.rows<{ n: number }>("SELECT json_array_length($1::JSON, '$.statements') AS n", [tree]);
    if (n === 1) return;
    throw new KpiError("STEP_FAILED", `Cannot run the step's SQL: it holds ${n} statements`, { hint: "One step runs one SELECT" });
  }
  const [error = {}] = nodes(JSON.parse(tree));
  if (error.error_type !== "parser")
    throw new KpiError("STEP_FAILED", "Cannot run the step's SQL: it is not a query", { hint: "One step runs one SELECT" });
  throw new KpiError("STEP_FAILED", `Cannot read the step's SQL: ${String(error.error_message)}`);
}
