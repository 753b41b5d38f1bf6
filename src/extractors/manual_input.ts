import { z } from "zod";
import { defineExtractor } from "../core/node.js";
import { quoteIdentifier, quoteLiteral } from "../core/sql.js";
import { castText } from "./lib/cast-text.js";
import { columnTypes } from "./lib/column-type.js";

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
type Value = z.output<typeof value>;
type Row = Readonly<Record<string, Value>>;

const config = z
  .strictObject({
    rows: z
      .array(z.record(z.string().min(1), value))
      .max(10_000)
      .describe("The rows: a map of values by column each; what a row leaves out is NULL"),
    columns: columnTypes
      .optional()
      .describe("The columns in order, with their types; default: those of the rows, with the types of their values"),
  })
  .superRefine(({ rows, columns }, context) => {
    const names = columns === undefined ? namesOf(rows) : Object.keys(columns);
    if (names.length === 0) context.addIssue({ code: "custom", path: ["rows"], message: "without rows the columns must be named" });
    rows.forEach((row, index) => {
      for (const name of Object.keys(row)) {
        if (!names.includes(name)) context.addIssue({ code: "custom", path: ["rows", index, name], message: "is not among the columns" });
      }
    });
    for (const name of columns === undefined ? names : []) {
      if (typeOf(rows, name) === null)
        context.addIssue({ code: "custom", path: ["rows"], message: `"${name}" holds values of several types` });
    }
  });

export default defineExtractor({
  type: "manual_input",
  version: 1,
  summary: "Brings rows that are written into the pipeline itself",
  config,
  examples: [
    {
      rows: [
        { sensor_id: "TLM0100", limit: 0.5 },
        { sensor_id: "TLM0101", limit: 0.7 },
      ],
    },
    { columns: { sensor_id: "VARCHAR", installed: "DATE" }, rows: [{ sensor_id: "TLM0100", installed: "2026-01-01" }] },
  ],
  time: () => "none",
  extract: async ({ rows, columns }) => {
    const types = new Map(
      Object.entries(columns ?? Object.fromEntries(namesOf(rows).map((name) => [name, typeOf(rows, name) ?? "VARCHAR"]))),
    );
    const casts = [...types].map(([name, type]) => `${castText(quoteIdentifier(name), type)} AS ${quoteIdentifier(name)}`);
    const tuples = rows.map((row) => `(${[...types.keys()].map((name) => literal(row[name] ?? null)).join(", ")})`);
    const values = tuples.length === 0 ? `(${[...types.keys()].map(() => "NULL").join(", ")})` : tuples.join(", ");
    const names = [...types.keys()].map(quoteIdentifier).join(", ");
    const sql = `SELECT ${casts.join(", ")} FROM (VALUES ${values}) AS given(${names})${tuples.length === 0 ? " WHERE false" : ""}`;
    return { output: { kind: "select", sql }, time: null, counted: null };
  },
});

/** As text: the cast to the column's type reads it, digit by digit. */
function literal(given: Value): string {
  return given === null ? "NULL" : quoteLiteral(String(given));
}

function namesOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

/** The type of a column's values; null where they have several. */
function typeOf(rows: readonly Row[], name: string): string | null {
  const values = rows.map((row) => row[name] ?? null).filter((given) => given !== null);
  const kinds = new Set(values.map((given) => typeof given));
  if (kinds.size > 1) return null;
  if (kinds.has("boolean")) return "BOOLEAN";
  if (kinds.has("number")) return values.every(Number.isSafeInteger) ? "BIGINT" : "DOUBLE";
  return "VARCHAR";
}
