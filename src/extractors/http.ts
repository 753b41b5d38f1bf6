import { z } from "zod";
import { KpiError } from "../core/errors.js";
import { defineExtractor, type StepContext } from "../core/node.js";
import { quoteIdentifier, timestampLiteral } from "../core/sql.js";
import { parseDuration } from "../core/time.js";
import type { Window } from "../core/window.js";
import type { HttpClient } from "../http/http-client.js";
import { httpHeaders } from "../http/http-connection.js";
import { nameOf } from "../http/send.js";
import { askFor, usesWindow } from "./lib/ask-for.js";
import { columnType } from "./lib/column-type.js";
import { type JsonColumn, keyPath, requireItems, selectItems, toJsonPath } from "./lib/json-rows.js";
import { epochUnit, toTimestamp } from "./lib/time-column.js";

const jsonPath = z.string().refine((path) => toJsonPath(path) !== null, "must be a path such as data.items or list[0].rows");
const duration = z.string().refine((text) => (parseDuration(text) ?? 0) > 0, "must be a duration such as 30s or 5m");

const config = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/(?!\/)/, "must begin with one /")
      .default("/")
      .describe(
        "Below the connection's address. Here, in query and body $window_start and $window_end are the window's bounds, and each window is asked for by itself",
      ),
    method: z.enum(["GET", "POST"]).default("GET").describe("POST for sources that are asked by a body; it is sent again like a GET"),
    query: z
      .record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .describe("Parameters after the path"),
    headers: httpHeaders.default({}).describe("Headers beside the connection's"),
    body: z
      .union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())])
      .optional()
      .describe("POST: what is sent, as JSON"),
    rows: jsonPath.default("").describe("Where in the reply the list of rows stands, such as data.items; default: the reply is the list"),
    columns: z
      .record(z.string().min(1), z.union([columnType, z.strictObject({ path: jsonPath, type: columnType })]))
      .refine((columns) => Object.keys(columns).length > 0, "name at least one column")
      .describe("By name: the type; or path and type, where the value stands deeper in the row. What a row lacks is NULL"),
    time: z
      .string()
      .min(1)
      .optional()
      .describe("The column with each row's time; rows then belong to the window they lie in. Times without a zone are UTC"),
    epoch: epochUnit.optional().describe("The unit of a time that is a number counted since 1970"),
    request_timeout: duration.default("30s").describe("How long one request may take"),
    max_bytes: z.int().min(1).default(67_108_864).describe("The largest reply that is taken"),
    request_retries: z
      .int()
      .min(0)
      .max(10)
      .default(3)
      .describe(
        "How often a request is sent again when the server is busy (429), fails (5xx) or cannot be reached; `Retry-After` is heeded",
      ),
  })
  .refine(({ columns, time }) => time === undefined || time in columns, { path: ["time"], message: "must be one of the columns" })
  .refine(({ method, body }) => method === "POST" || body === undefined, { path: ["body"], message: "goes with method: POST" })
  .refine((settings) => settings.time !== undefined || !usesWindow(settings) || !("time" in settings.columns), {
    path: ["time"],
    message: "each row gets the start of its window as `time`: say `time: time`, or give that column another name",
  });

type Settings = z.output<typeof config>;

export default defineExtractor({
  type: "http",
  version: 1,
  summary: "Asks a server for JSON and reads rows from its reply",
  config,
  examples: [
    { path: "/sensors", rows: "data.items", columns: { id: "VARCHAR", limit: { path: "alarm.limit", type: "DOUBLE" } } },
    {
      path: "/history",
      query: { from: "$window_start", to: "$window_end" },
      columns: { at: "TIMESTAMPTZ", co: "DOUBLE" },
      time: "at",
    },
  ],
  connection: "http",
  time: (settings) => (settings.time !== undefined || usesWindow(settings) ? "window" : "now"),
  extract: async (settings, context) => {
    const { db, span } = context;
    const each = usesWindow(settings);
    if (each && span === null)
      throw new KpiError("CONFIG_INVALID", "Cannot give $window_start a value: a workflow has no windows", {
        hint: "Leave it out of path, query and body",
      });
    const time = settings.time ?? (each ? "time" : null);
    await db.run(`CREATE OR REPLACE TEMP TABLE http_read (${tableColumns(settings, time).join(", ")})`);
    let rows = 0;
    for (const window of each ? (span?.windows ?? []) : [null]) {
      rows += await readReply(settings, context, window);
      context.progress({ rows });
    }
    return { output: { kind: "select", sql: "SELECT * FROM http_read" }, time, counted: null };
  },
  explain: async (settings, { span, connection }) => {
    const asked = askFor(settings, usesWindow(settings) ? (span?.windows[0] ?? null) : null);
    const { method, url, body } = (connection as HttpClient).request(asked);
    return [`${method} ${url.href}`, ...(body === null ? [] : [body])].join("\n");
  },
});

/** Asks once, and keeps the reply's rows: of a window, those that lie in it. Resolves to their number. */
async function readReply(settings: Settings, { db, connection, signal }: StepContext, window: Window | null): Promise<number> {
  const client = connection as HttpClient;
  const asked = askFor(settings, window);
  const what = `the reply to "${nameOf(client.request(asked))}"`;
  const patience = {
    timeout: parseDuration(settings.request_timeout) ?? 0,
    maxBytes: settings.max_bytes,
    retries: settings.request_retries,
  };
  const reply = await client.ask(asked, patience, signal);
  if (reply.status === 204) return 0;
  const document = reply.body.toString("utf8");
  await requireItems(db, document, { rows: settings.rows, columns: jsonColumns(settings) }, what);
  try {
    return await db.run(`INSERT INTO http_read ${selectRows(settings, window)}`, [document]);
  } catch (thrown) {
    if (!(thrown instanceof KpiError) || !thrown.message.startsWith("Conversion Error")) throw thrown;
    throw new KpiError("SOURCE_MALFORMED", `Cannot read ${what}: ${thrown.message.replace("Conversion Error: ", "")}`, {
      cause: thrown,
      hint: "Check the types of `columns`",
    });
  }
}

function jsonColumns({ columns }: Settings): JsonColumn[] {
  return Object.entries(columns).map(([name, column]) =>
    typeof column === "string"
      ? { name, path: keyPath(name), type: column }
      : { name, path: toJsonPath(column.path) ?? "$", type: column.type },
  );
}

function tableColumns(settings: Settings, time: string | null): string[] {
  const own = jsonColumns(settings).map(({ name, type }) => `${quoteIdentifier(name)} ${name === time ? "TIMESTAMPTZ" : type}`);
  return time === null || time === settings.time ? own : [...own, `${quoteIdentifier(time)} TIMESTAMPTZ`];
}

function selectRows(settings: Settings, window: Window | null): string {
  const columns = jsonColumns(settings);
  const rows = `(${selectItems({ rows: settings.rows, columns })})`;
  if (settings.time === undefined) return `SELECT *${window === null ? "" : `, ${timestampLiteral(window.start)}`} FROM ${rows}`;
  const time = quoteIdentifier(settings.time);
  const type = columns.find(({ name }) => name === settings.time)?.type.toUpperCase() ?? "VARCHAR";
  const typed = { name: settings.time, type: type === "TIMESTAMPTZ" ? "TIMESTAMP WITH TIME ZONE" : type };
  const timed = `SELECT * REPLACE (${toTimestamp(typed, settings.epoch)} AS ${time}) FROM ${rows}`;
  if (window === null) return timed;
  return `SELECT * FROM (${timed}) WHERE ${time} >= ${timestampLiteral(window.start)} AND ${time} < ${timestampLiteral(window.end)}`;
}
