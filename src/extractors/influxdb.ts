import { z } from "zod";
import { defineExtractor } from "../core/node.js";
import { parseDuration } from "../core/time.js";
import type { InfluxClient } from "../influx/influx-client.js";
import { AGGREGATE_FUNCTIONS, type Aggregate, type Query } from "../influx/point-query.js";

const name = z.string().min(1);
const names = z
  .array(name)
  .min(1)
  .refine((list) => new Set(list).size === list.length, "must name each once");

const fn = z.enum(AGGREGATE_FUNCTIONS);
const DAY = 86_400_000;

/** Buckets are counted from 1970: those that divide a day begin with each day in UTC. */
function dividesDay(text: string): boolean {
  const every = parseDuration(text) ?? 0;
  return every >= 1_000 && DAY % every === 0;
}

const aggregate = z
  .strictObject({
    every: z
      .string()
      .refine(dividesDay, "must be a duration that divides a day, such as 1h or 10m")
      .describe("Length of a bucket; it divides the pipeline's own `every`"),
    fn: z
      .union([fn, z.array(fn).min(1)])
      .refine((given) => typeof given === "string" || new Set(given).size === given.length, "must name each once")
      .describe("One of mean, sum, count, min, max, first, last, or a list of them"),
    by: z
      .array(name)
      .refine((list) => new Set(list).size === list.length, "must name each once")
      .optional()
      .describe("Tags whose points are kept apart; default: all the source knows, by name"),
  })
  .optional()
  .describe("Aggregates instead of points, made by the server where it can");

const settings = z
  .strictObject({
    bucket: name.describe("Bucket; on InfluxDB 1 `database` or `database/retention-policy`, on InfluxDB 3 database"),
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
    aggregate,
    prove: z
      .enum(["framing", "count"])
      .optional()
      .describe("Proof that no point is missing: the reply's framing (default), or also a count by the source, window by window"),
    flux: name.optional().describe("A Flux query instead of a measurement, run window by window, with $window_start and $window_end"),
    influxql: name
      .optional()
      .describe("An InfluxQL query instead of a measurement, run window by window, with $window_start and $window_end"),
    sql: name
      .optional()
      .describe("A SQL query for InfluxDB 3 instead of a measurement, run window by window, with $window_start and $window_end"),
  })
  .superRefine((given, issues) => {
    const ways = [given.measurement, given.flux, given.influxql, given.sql].filter((way) => way !== undefined);
    if (ways.length !== 1) issues.addIssue({ code: "custom", message: "needs exactly one of measurement, flux, influxql and sql" });
    if (given.measurement !== undefined) {
      const strangers = Object.keys(given.types ?? {}).filter((field) => given.fields !== undefined && !given.fields.includes(field));
      for (const field of strangers) issues.addIssue({ code: "custom", path: ["types", field], message: "is not among fields" });
      if (given.aggregate !== undefined && given.fields === undefined)
        issues.addIssue({ code: "custom", path: ["aggregate"], message: "needs fields to aggregate" });
      if (given.aggregate !== undefined && given.tags !== undefined)
        issues.addIssue({ code: "custom", path: ["tags"], message: "does not go with aggregate, whose by: names the tags" });
      return;
    }
    for (const key of ["fields", "tags", "where", "types", "aggregate", "prove"] as const) {
      if (given[key] !== undefined)
        issues.addIssue({ code: "custom", path: [key], message: "belongs to measurement; a query says it itself" });
    }
  });

type Settings = z.output<typeof settings>;

function toAggregate(given: NonNullable<Settings["aggregate"]>): Aggregate {
  const plain = typeof given.fn === "string";
  return { every: parseDuration(given.every) ?? 0, functions: [given.fn].flat(), plain, by: given.by ?? null };
}

function toQuery(given: Settings): Query {
  const { bucket } = given;
  if (given.flux !== undefined) return { kind: "flux", bucket, text: given.flux };
  if (given.influxql !== undefined) return { kind: "influxql", bucket, text: given.influxql };
  if (given.sql !== undefined) return { kind: "sql", bucket, text: given.sql };
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
    aggregate: given.aggregate === undefined ? null : toAggregate(given.aggregate),
  };
}

export default defineExtractor({
  type: "influxdb",
  version: 1,
  summary: "Reads the points of a measurement from InfluxDB 1, 2 or 3, or from a folder of line protocol",
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
    { bucket: "sensors", measurement: "airSensors", fields: ["co"], aggregate: { every: "10m", fn: ["mean", "max"], by: ["sensor_id"] } },
    {
      bucket: "plant",
      influxql: "SELECT mean(litres) AS litres FROM flow WHERE time >= $window_start AND time < $window_end GROUP BY line",
    },
  ],
  connection: "influxdb",
  time: () => "window",
  extract: async (given, context) => {
    const { sql, light, counted, counts, tally } = await (context.connection as InfluxClient).read(toQuery(given), context.span, context);
    return {
      output: { kind: "select", sql, light: light ?? false },
      time: "time",
      counted: given.aggregate === undefined ? counted : null,
      ...(counts && { counts }),
      ...(tally && { tally }),
    };
  },
  count: (given, context) => (context.connection as InfluxClient).count(toQuery(given), context),
  explain: (given, { connection, span, signal }) => (connection as InfluxClient).explain(toQuery(given), span, signal),
});
