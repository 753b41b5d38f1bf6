import { z } from "zod";
import { duration } from "./settings-types.js";

const column = z.string().min(1);
const columns = z.array(column).min(1);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const most = (bound: z.ZodNumber) => z.tuple([bound.nullable(), bound.nullable()]);

const relationship = z
  .strictObject({
    columns: columns.describe("The columns whose values must be found"),
    step: z.string().min(1).optional().describe("In the relation of this step (`step` or `step.port`), in the same window"),
    table: z.string().min(1).optional().describe("Or in this published table"),
    to: columns.optional().describe("The columns to find them in; default: those of the same names"),
  })
  .refine(({ step, table }) => (step === undefined) !== (table === undefined), "must name either a step or a table")
  .refine(({ columns: own, to }) => to === undefined || to.length === own.length, { path: ["to"], message: "must be as many as columns" });

const rowCount = z.strictObject({
  min: z.int().min(0).optional().describe("The fewest rows"),
  max: z.int().min(0).optional().describe("The most rows"),
  usual: most(z.number().min(0))
    .optional()
    .describe("A loader's rows as multiples of the median of the same window in earlier weeks, such as [0.5, 2]; null = no bound"),
  weeks: z.int().min(1).max(52).default(4).describe("How many weeks `usual` looks back"),
});

/** One entry of a step's `checks`: what is checked, and how severe it is. */
export const checkSettings = z.strictObject({
  not_null: columns.optional().describe("These columns hold no NULL"),
  unique: columns.optional().describe("No two rows of a window hold the same values in these columns"),
  accepted_values: z
    .record(column, z.array(scalar).min(1))
    .optional()
    .describe("By column, the values it may hold: `{ state: [on, off] }`"),
  range: z
    .record(column, most(z.number()))
    .optional()
    .describe("By column, the least and the greatest value: `{ co: [0, 50] }`; null = no bound"),
  row_count: rowCount.optional().describe("How many rows a window has: `{ min: 1 }`, `{ usual: [0.5, 2] }`"),
  freshness: z
    .record(column, duration)
    .optional()
    .describe("By column of times, how far the newest may lie before the window's end: `{ time: 10m }`"),
  expression: z.string().min(1).optional().describe("An SQL expression that is true or NULL for every row: `co_max >= co_mean`"),
  relationship: relationship.optional().describe("Values that are found elsewhere: `{ columns: [sensor_id], step: sensors }`"),
  severity: z
    .enum(["error", "warn"])
    .default("error")
    .describe("error: the window fails and nothing of it is published; warn: it is published, and told"),
});

export type CheckSettings = z.output<typeof checkSettings>;
