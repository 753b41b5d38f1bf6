import { z } from "zod";
import type { Catalogue } from "../../../src/core/catalogue.js";
import { defineConnection } from "../../../src/core/connection.js";
import { defineExtractor, defineLoader, defineTransformer } from "../../../src/core/node.js";
import { defineStateStore } from "../../../src/core/state-store.js";

const never = (): never => {
  throw new Error("a configuration is only read here");
};

const series = defineExtractor({
  type: "series",
  version: 1,
  summary: "Reads points",
  connection: "server",
  examples: [],
  config: z.strictObject({
    bucket: z.string().min(1).describe("Where the points are"),
    fields: z.array(z.string()).min(1).optional().describe("What is read of them"),
    where: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
    limit: z.int().min(1).default(1000).describe("How many at most"),
    sampled: z.boolean().default(false),
    precision: z.union([z.literal("auto"), z.literal(3), z.literal(6)]).default("auto"),
  }),
  time: () => "window",
  extract: never,
});

const manualInput = defineExtractor({
  type: "manual_input",
  version: 1,
  summary: "Rows written into the file",
  examples: [],
  config: z.strictObject({ rows: z.array(z.record(z.string(), z.unknown())).min(1) }),
  time: () => "none",
  extract: never,
});

const call = defineExtractor({
  type: "call",
  version: 1,
  summary: "Asks a web service",
  examples: [],
  config: z.strictObject({
    url: z.string(),
    key: z.string().optional().meta({ secret: true }).describe("What proves who asks"),
    headers: z.record(z.string(), z.string()).default({}),
    login: z.strictObject({ user: z.string(), password: z.string().meta({ secret: true }) }).optional(),
  }),
  time: () => "none",
  extract: never,
});

const sql = defineTransformer({
  type: "sql",
  version: 1,
  summary: "Runs a query",
  examples: [],
  inputs: { least: 1, most: 8 },
  config: z.strictObject({ sql: z.string().min(1), spans: z.boolean().default(false) }),
  spans: ({ spans }) => spans,
  transform: never,
});

const keep = defineTransformer({
  type: "keep",
  version: 1,
  summary: "Keeps some rows",
  examples: [],
  config: z.strictObject({ where: z.string() }),
  spans: () => true,
  transform: never,
});

const condition = defineTransformer({
  type: "condition",
  version: 1,
  summary: "Sends rows one way or the other",
  examples: [],
  config: z.strictObject({ where: z.string() }),
  ports: () => ["yes", "no"],
  spans: () => false,
  transform: never,
});

const table = defineLoader({
  type: "table",
  version: 1,
  summary: "Publishes to a table",
  examples: [],
  commit: "inside",
  config: z.strictObject({ table: z.string().min(1), mode: z.enum(["replace", "merge"]).default("replace") }),
  table: (settings) => settings.table,
  load: never,
});

const output = defineLoader({
  type: "output",
  version: 1,
  summary: "Writes what came",
  examples: [],
  commit: "before",
  config: z.strictObject({ path: z.string().optional() }),
  table: () => null,
  load: never,
});

const server = defineConnection({
  type: "server",
  summary: "A server of points",
  examples: [],
  config: z.strictObject({
    url: z.string().min(1).describe("Where it answers"),
    token: z.string().default("").meta({ secret: true }).describe("What proves who asks"),
    retries: z.int().default(3),
  }),
  open: never,
  probe: never,
});

const mailbox = defineConnection({
  type: "mailbox",
  summary: "Letters",
  examples: [],
  config: z.strictObject({ host: z.string() }),
  open: never,
  probe: never,
});

const file = defineStateStore({
  type: "file",
  summary: "A folder",
  examples: [],
  config: z.strictObject({ path: z.string().default(".kpi/state").describe("Where it lies") }),
  open: never,
});

const memory = defineStateStore({ type: "memory", summary: "Nothing", examples: [], config: z.strictObject({}), open: never });

const lazy =
  <Type>(type: Type) =>
  async () => ({ default: type });

/** A few nodes of every kind, so that the tests do not depend on the real ones. */
export const catalogue: Catalogue = {
  extractors: { series: lazy(series), manual_input: lazy(manualInput), call: lazy(call) },
  transformers: { sql: lazy(sql), keep: lazy(keep), condition: lazy(condition) },
  loaders: { table: lazy(table), output: lazy(output) },
  connections: { server: lazy(server), mailbox: lazy(mailbox) },
  stateStores: { file: lazy(file), memory: lazy(memory) },
};
