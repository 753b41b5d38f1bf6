import { z } from "zod";
import { defineTransformer } from "../core/node.js";
import { checkExpressions } from "./lib/check-expressions.js";
import { selectOutput } from "./lib/select-output.js";
import { onlyInput } from "./lib/step-input.js";

export default defineTransformer({
  type: "filter",
  version: 1,
  summary: "Keeps the rows for which an expression is true",
  config: z.strictObject({
    where: z.string().min(1).describe("An expression over the columns; rows for which it is false or NULL are left out"),
  }),
  examples: [{ where: "co is not null and co >= 0" }],
  spans: () => true,
  transform: async ({ where }, context) => {
    const { alias, view, columns, windowColumns } = onlyInput(context);
    await checkExpressions(context.db, new Map([["where", where]]), { alias, columns: [...columns, ...windowColumns], grouped: null });
    return selectOutput(context.db, `SELECT * FROM ${view} WHERE (\n${where}\n)`);
  },
});
