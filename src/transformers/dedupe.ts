import { z } from "zod";
import { KpiError } from "../core/errors.js";
import { defineTransformer } from "../core/node.js";
import { quoteIdentifier } from "../core/sql.js";
import { selectOutput } from "./lib/select-output.js";
import { findColumns, list, onlyInput, type StepInput } from "./lib/step-input.js";

export default defineTransformer({
  type: "dedupe",
  version: 1,
  summary: "Keeps one row of those that share a key",
  config: z.strictObject({
    keys: z.array(z.string().min(1)).min(1).describe("The columns that make up the key; within a window it is there once"),
    keep: z.enum(["first", "last"]).default("last").describe("Which row stays, in the order of `order`"),
    order: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("The columns that order the rows; default: time_ns. Ties go by all other columns"),
  }),
  examples: [{ keys: ["sensor_id"] }, { keys: ["sensor_id", "time_ns"], keep: "first", order: ["received_at"] }],
  spans: () => true,
  transform: async ({ keys, keep, order }, context) => {
    const input = onlyInput(context);
    const partition = [...input.windowColumns, ...findColumns(keys, input)];
    const first = orderColumns(order, input);
    const ties = input.columns.filter((column) => !first.includes(column));
    const ordered = [...first, ...ties].map((column) => `${quoteIdentifier(column)} ${keep === "first" ? "ASC" : "DESC"} NULLS LAST`);
    const place = `row_number() OVER (PARTITION BY ${list(partition)} ORDER BY ${ordered.join(", ")})`;
    return selectOutput(context.db, `SELECT * FROM ${input.view} QUALIFY ${place} = 1`);
  },
});

function orderColumns(order: readonly string[] | undefined, input: StepInput): string[] {
  if (order !== undefined) return findColumns(order, input);
  if (input.columns.includes("time_ns")) return ["time_ns"];
  throw new KpiError("STEP_FAILED", `Cannot tell first from last in "${input.alias}": it has no column "time_ns"`, {
    hint: `Name the columns to order by in \`order\`; there are ${input.columns.join(", ")}`,
  });
}
