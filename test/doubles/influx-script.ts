import { pack } from "../influx/support/pack.js";
import { answerCount } from "./influx-counts.js";
import { type Answer, type Asked, reply } from "./influx-double.js";

/** The languages a double can be made to speak. */
export type Dialect = "influxql" | "flux" | "sql";

const FIELDS = { name: "m", columns: ["fieldKey", "fieldType"], values: [["v", "float"]] };
const TAGS = { name: "m", columns: ["tagKey"], values: [["k"]] };
const POLICIES = {
  columns: ["name", "duration", "shardGroupDuration", "replicaN", "default"],
  values: [["autogen", "0s", "168h0m0s", 1, true]],
};
const BUCKETS = { buckets: [{ retentionRules: [{ shardGroupDurationSeconds: 604_800 }] }] };
const CLOSED = { results: [{ statement_id: 0, error: "database not found: b" }] };

/** Rows of measurement m from 2026-01-01T10:00:00Z on, a second apart: tag k, field v. */
export const ROWS = 100;
const START = Date.parse("2026-01-01T10:00:00Z");
const TIMES = Array.from({ length: ROWS }, (_, row) => START + row * 1000);

function table(lines: readonly string[]): string {
  return `${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
}

const TAG_KEYS = table([
  "#datatype,string,long,string",
  "#group,false,false,false",
  "#default,_result,,",
  ",result,table,_value",
  ",,0,_start",
  ",,0,_field",
  ",,0,k",
]);

const FIELD_KEYS = table([
  "#datatype,string,long,string",
  "#group,false,false,false",
  "#default,_result,,",
  ",result,table,_value",
  ",,0,v",
]);

function csv(): string {
  const rows = Array.from(
    { length: ROWS },
    (_, row) => `,,0,${new Date(START + row * 1000).toISOString().replace(".000Z", "Z")},${row}.5,v,a`,
  );
  return table([
    "#datatype,string,long,dateTime:RFC3339,double,string,string",
    "#group,false,false,false,false,true,true",
    "#default,_result,,,,,",
    ",result,table,_time,_value,_field,k",
    ...rows,
  ]);
}

const COLUMNS = [
  { column_name: "time", data_type: "Timestamp(ns)" },
  { column_name: "k", data_type: "Dictionary(Int32, Utf8)" },
  { column_name: "v", data_type: "Float64" },
];

function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

const LINES = jsonLines(TIMES.map((time, row) => ({ t: time * 1_000_000, f0: row + 0.5, g0: "a" })));

function message(from: number, to: number, partial: boolean): Buffer {
  const values = Array.from({ length: to - from }, (_, row) => [BigInt(START + (from + row) * 1000) * 1_000_000n, from + row + 0.5, "a"]);
  const mark = partial ? true : undefined;
  return pack({
    results: [{ statement_id: 0, series: [{ name: "m", columns: ["time", "v", "k"], values, partial: mark }], partial: mark }],
  });
}

/** The body that holds all rows, and its type. InfluxQL sends it in two messages. */
export const BODIES: Readonly<Record<Dialect, { readonly type: string; readonly body: Buffer }>> = {
  influxql: { type: "application/x-msgpack", body: Buffer.concat([message(0, 48, true), message(48, ROWS, false)]) },
  flux: { type: "text/csv; charset=utf-8", body: Buffer.from(csv()) },
  sql: { type: "application/jsonl", body: Buffer.from(LINES) },
};

/** Where a proxy could cut the body and leave something that looks whole at first sight. */
export const BOUNDARY: Readonly<Record<Dialect, number>> = {
  influxql: message(0, 48, true).length,
  flux: BODIES.flux.body.indexOf("10:00:48Z") - ",,0,2026-01-01T".length,
  sql: LINES.split("\n").slice(0, 48).join("\n").length + 1,
};

function isData({ url, body }: Asked): boolean {
  if (url.pathname === "/api/v2/query") return !body.includes("distinct(");
  if (url.pathname === "/api/v3/query_sql") return !body.includes("information_schema");
  return url.pathname === "/query" && !(url.searchParams.get("q") ?? "").startsWith("SHOW");
}

function metadata(dialect: Dialect, { url, body }: Asked): Buffer {
  const json = (value: unknown) => reply("200 OK", "application/json", JSON.stringify(value));
  if (url.pathname === "/ping")
    return reply("204 No Content", "text/plain", "", dialect === "sql" ? { "X-Influxdb-Version": "3.10.1" } : {});
  if (url.pathname === "/api/v3/query_sql") return json(COLUMNS);
  if (url.pathname === "/api/v2/buckets") return json(BUCKETS);
  if (url.pathname === "/api/v2/query") return reply("200 OK", "text/csv", body.includes("keys()") ? TAG_KEYS : FIELD_KEYS);
  return json(
    dialect === "flux" ? CLOSED : { results: [FIELDS, TAGS, POLICIES].map((series, index) => ({ statement_id: index, series: [series] })) },
  );
}

/** Answers everything around the data as InfluxDB 2 does, and the data as `data` says, which is told how often it was asked before. */
export function scripted(dialect: Dialect, data: (socket: Parameters<Answer>[0], times: number, asked: Asked) => void): Answer {
  let times = 0;
  return (socket, asked) => {
    const counts = answerCount(asked, TIMES);
    if (counts !== null) socket.write(counts);
    else if (isData(asked)) data(socket, times++, asked);
    else socket.write(metadata(dialect, asked));
  };
}
