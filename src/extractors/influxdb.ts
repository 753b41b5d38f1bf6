import { z } from "zod";
import { defineExtractor } from "../core/node.js";
import type { InfluxClient } from "../influx/influx-client.js";
import type { Query } from "../influx/point-query.js";

const name = z.string().min(1);
const names = z
  .array(name)
  .min(1)
  .refine((list) => new Set(list).size === list.length, "must name each once");

const settings = z
  .strictObject({
    bucket: name.describe("Bucket; on InfluxDB 1 `database` or `database/retention-policy`"),
    measurement: name.optional().describe("Measurement whose points are read"),
    fields: names.optional().describe("Fields, in the order of the columns; default: all the source knows, by name"),
    tags: z
      .array(name)
      .refine((list) => new Set(list).size === list.length, "must name each once")
      .optional()
      .describe("Tags to have as columns; default: all the source knows, by name"),
    where: z
      .record(name, z.union([name, z.array(name).min(1)]))
      .optional()
      .describe("Tags with the value, or the list of values, that points must have"),
    types: z
      .record(name, z.enum(["DOUBLE", "BIGINT", "UBIGINT", "BOOLEAN", "VARCHAR"]))
      .optional()
      .describe("Types of fields the source may not know yet, or has had of several types"),
    prove: z
      .enum(["framing", "count"])
      .optional()
      .describe("Proof that no point is missing: the reply's framing (default), or also a count by the source, window by window"),
    flux: name.optional().describe("A Flux query instead of a measurement, run window by window, with $window_start and $window_end"),
    influxql: name
      .optional()
      .describe("An InfluxQL query instead of a measurement, run window by window, with $window_start and $window_end"),
  })
  .superRefine((given, issues) => {
    const ways = [given.measurement, given.flux, given.influxql].filter((way) => way !== undefined);
    if (ways.length !== 1) issues.addIssue({ code: "custom", message: "needs exactly one of measurement, flux and influxql" });
    if (given.measurement !== undefined) {
      const strangers = Object.keys(given.types ?? {}).filter((field) => given.fields !== undefined && !given.fields.includes(field));
      for (const field of strangers) issues.addIssue({ code: "custom", path: ["types", field], message: "is not among fields" });
      return;
    }
    for (const key of ["fields", "tags", "where", "types", "prove"] as const) {
      if (given[key] !== undefined)
        issues.addIssue({ code: "custom", path: [key], message: "belongs to measurement; a query says it itself" });
    }
  });

type Settings = z.output<typeof settings>;

function toQuery(given: Settings): Query {
  const { bucket } = given;
  if (given.flux !== undefined) return { kind: "flux", bucket, text: given.flux };
  if (given.influxql !== undefined) return { kind: "influxql", bucket, text: given.influxql };
  const where = Object.entries(given.where ?? {}).map(([tag, values]) => [tag, typeof values === "string" ? [values] : values] as const);
  return {
    kind: "points",
    bucket,
    measurement: given.measurement ?? "",
    fields: given.fields ?? null,
    tags: given.tags ?? null,
    where: new Map(where),
    types: new Map(Object.entries(given.types ?? {})),
    prove: given.prove ?? "framing",
    aggregate: null,
  };
}

export default defineExtractor({
  type: "influxdb",
  version: 1,
  summary: "Reads the points of a measurement from InfluxDB 1 or 2, or from a folder of line protocol",
  config: settings,
  examples: [
    { bucket: "sensors", measurement: "airSensors", fields: ["co", "temperature", "humidity"] },
    {
      bucket: "plant/autogen",
      measurement: "flow",
      fields: ["litres"],
      tags: ["line"],
      where: { line: ["a", "b"] },
      types: { litres: "BIGINT" },
    },
    {
      bucket: "plant",
      influxql: "SELECT mean(litres) AS litres FROM flow WHERE time >= $window_start AND time < $window_end GROUP BY line",
    },
  ],
  connection: "influxdb",
  time: () => "window",
  extract: async (given, context) => {
    const { sql, counted, counts } = await (context.connection as InfluxClient).read(toQuery(given), context.span, context);
    return { output: { kind: "select", sql }, time: "time", counted, ...(counts && { counts }) };
  },
  explain: (given, { connection, span, signal }) => (connection as InfluxClient).explain(toQuery(given), span, signal),
});
