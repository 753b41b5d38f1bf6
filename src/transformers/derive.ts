import { z } from "zod";
import { KpiError } from "../core/errors.js";
import { defineTransformer } from "../core/node.js";
import { quoteIdentifier } from "../core/sql.js";
import { checkExpressions } from "./lib/check-expressions.js";
import { selectOutput } from "./lib/select-output.js";
import { onlyInput, WINDOW_START } from "./lib/step-input.js";

export default defineTransformer({
  type: "derive",
  version: 1,
  summary: "Adds columns that are computed from others, row by row, or replaces them",
  config: z.strictObject({
    columns: z
      .record(z.string().min(1), z.string().min(1))
      .describe(
        "By name of the column: its expression. A name that is there already is replaced; expressions see the columns as they came",
      ),
  }),
  examples: [{ columns: { fahrenheit: "temperature * 1.8 + 32", sensor_id: "upper(sensor_id)" } }],
  spans: () => true,
  transform: async ({ columns: derived }, context) => {
    const { alias, view, columns, windowColumns } = onlyInput(context);
    const expressions = new Map(Object.entries(derived));
    if (windowColumns.length > 0 && [...expressions.keys()].some((name) => name.toLowerCase() === WINDOW_START))
      throw new KpiError("STEP_FAILED", `Cannot compute "${WINDOW_START}": kpi gives that name to the window's start`);
    await checkExpressions(context.db, expressions, { alias, columns: [...columns, ...windowColumns], grouped: null });

    const taken = new Map([...expressions.keys()].map((name) => [name.toLowerCase(), name]));
    if (taken.size < expressions.size)
      throw new KpiError("STEP_FAILED", "Cannot compute the columns: two of their names differ only by case", {
        hint: "DuckDB takes such names as one",
      });
    const result = columns.map((column) => {
      const name = taken.get(column.toLowerCase());
      taken.delete(column.toLowerCase());
      return name === undefined ? quoteIdentifier(column) : computed(name, expressions);
    });
    const added = [...taken.values()].map((name) => computed(name, expressions));
    return selectOutput(context.db, `SELECT ${[...result, ...added, ...windowColumns].join(", ")} FROM ${view}`);
  },
});

function computed(name: string, expressions: ReadonlyMap<string, string>): string {
  return `(\n${expressions.get(name)}\n) AS ${quoteIdentifier(name)}`;
}
