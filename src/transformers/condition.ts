import { z } from "zod";
import { defineTransformer, type Outputs } from "../core/node.js";
import { checkExpressions } from "./lib/check-expressions.js";
import { selectOutput } from "./lib/select-output.js";
import { onlyInput } from "./lib/step-input.js";

export default defineTransformer({
  type: "condition",
  version: 1,
  summary: "Sends all rows one way or the other (gate), or each row its own (split)",
  config: z.strictObject({
    when: z
      .string()
      .min(1)
      .describe("gate: an expression of aggregates, such as count(*) > 10; split: an expression over the columns. NULL counts as false"),
    mode: z
      .enum(["gate", "split"])
      .default("gate")
      .describe("gate: steps behind the port not taken are skipped; split: both ports carry rows"),
  }),
  examples: [{ when: "count(*) > 10" }, { when: "temperature > 30", mode: "split" }],
  spans: ({ mode }) => mode === "split",
  ports: () => ["true", "false"],
  transform: async ({ when, mode }, context): Promise<Outputs> => {
    const { alias, view, columns, windowColumns } = onlyInput(context);
    const rules = { alias, columns: [...columns, ...windowColumns], grouped: mode === "gate" ? [] : null };
    await checkExpressions(context.db, new Map([["when", when]]), rules);
    const holds = `coalesce((\n${when}\n)::BOOLEAN, false)`;
    if (mode === "split") {
      const rows = (of: string) => selectOutput(context.db, `SELECT * FROM ${view} WHERE ${of}`);
      return { kind: "ports", ports: { true: await rows(holds), false: await rows(`NOT ${holds}`) } };
    }
    const [row] = await context.db.rows<{ holds: boolean }>(`SELECT ${holds} AS holds FROM ${view}`);
    const all = { kind: "select", sql: `SELECT * FROM ${view}` } as const;
    const closed = { kind: "closed" } as const;
    return { kind: "ports", ports: row?.holds === true ? { true: all, false: closed } : { true: closed, false: all } };
  },
});
