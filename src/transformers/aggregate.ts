import { z } from "zod";
import { KpiError } from "../core/errors.js";
import { defineTransformer } from "../core/node.js";
import { quoteIdentifier } from "../core/sql.js";
import { checkExpressions } from "./lib/check-expressions.js";
import { orderAggregates } from "./lib/order-aggregates.js";
import { selectOutput } from "./lib/select-output.js";
import { findColumns, list, onlyInput } from "./lib/step-input.js";

export default defineTransformer({
  type: "aggregate",
  version: 1,
  summary: "Computes metrics over groups of rows, the same to the last bit in every run",
  config: z.strictObject({
    by: z.array(z.string().min(1)).default([]).describe("The columns to group by; under windows also by window. Empty: one row for all"),
    metrics: z
      .record(z.string().min(1), z.string().min(1))
      .refine((metrics) => Object.keys(metrics).length > 0, "name at least one metric")
      .describe(
        "By name of the column: aggregates of columns (mean, sum, min, max, count, stddev, first, last, median, quantile(x, 0.95), …) and arithmetic of them",
      ),
  }),
  examples: [
    { by: ["sensor_id"], metrics: { co_mean: "mean(co)", co_max: "max(co)", samples: "count(co)" } },
    { metrics: { spread: "round(max(co) - min(co), 2)", co_p95: "quantile(co, 0.95)" } },
  ],
  spans: () => true,
  transform: async ({ by, metrics }, context) => {
    const input = onlyInput(context);
    const groups = [...new Set(findColumns(by, input))];
    const expressions = new Map(Object.entries(metrics));
    const twice = [...expressions.keys()].find((name) =>
      [...groups, ...input.windowColumns].some((group) => group.toLowerCase() === name.toLowerCase()),
    );
    if (twice !== undefined) throw new KpiError("STEP_FAILED", `Cannot compute "${twice}": rows are grouped by the column of that name`);

    const columns = [...input.columns, ...input.windowColumns];
    const calls = await checkExpressions(context.db, expressions, { alias: input.alias, columns, grouped: groups });
    const computed = [...expressions].map(([name, text]) => {
      const aggregates = calls.get(name) ?? [];
      if (aggregates.length === 0) throw new KpiError("STEP_FAILED", `Cannot compute "${name}": its expression holds no aggregate`);
      return `(\n${orderAggregates(text, aggregates, input)}\n) AS ${quoteIdentifier(name)}`;
    });

    const grouping = [...input.windowColumns, ...groups];
    // no rows, no metrics: without groups SQL would make a row of nothing
    const end = grouping.length === 0 ? "HAVING count(*) > 0" : `GROUP BY ${list(grouping)}`;
    return selectOutput(context.db, `SELECT ${[...grouping.map(quoteIdentifier), ...computed].join(", ")} FROM ${input.view} ${end}`);
  },
});
