// Serves the points as InfluxDB 2 does: by msgpack as fast as it goes, by Flux at the rate that was measured of a real server. In a thread of its own.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { FIELDS, SENSORS, START, TICK, valuesOf } from "./points.mjs";

const SLICE = 20_000;
const COUNT_MS = 350;
const SHARD = { shardGroupDurationSeconds: 7 * 86_400 };
const { influxql, rate = 800_000 } = workerData;

function table(columns, rows) {
  const types = columns.map((name) =>
    name === "_time" ? "dateTime:RFC3339" : name === "_value" && columns.length > 1 ? "long" : "string",
  );
  const lines = [
    `#datatype,string,long,${types}`,
    `#group,false,false,${columns.map(() => "false")}`,
    `#default,_result,,${columns.map(() => "")}`,
  ];
  return [...lines, `,result,table,${columns}`, ...rows.map((row) => `,,0,${row}`), "", ""].join("\r\n");
}

/** The ticks that a query's range asks for. */
function asked(body, ticks) {
  const [, start, stop] = /range\(start: (\S+), stop: (\S+)\)/.exec(body) ?? [];
  const tickOf = (time, other) => (time === undefined ? other : Math.ceil((Date.parse(time) - START) / TICK));
  return { first: Math.max(0, tickOf(start, 0)), end: Math.min(ticks, tickOf(stop, ticks)) };
}

async function sendFlux(response, { first, end }) {
  const times = Array.from({ length: end }, (_, tick) => new Date(START + tick * TICK).toISOString().replace(".000Z", "Z"));
  const began = performance.now();
  let sent = 0;
  let number = 0;
  response.write(
    "#datatype,string,long,dateTime:RFC3339,double,string,string\r\n#group,false,false,false,false,true,true\r\n#default,_result,,,,,\r\n,result,table,_time,_value,_field,sensor_id\r\n",
  );
  for (const [index, field] of FIELDS.entries()) {
    for (const [sensor, name] of SENSORS.entries()) {
      for (let from = first; from < end; from += SLICE) {
        const part = times.slice(from, from + SLICE);
        const lines = part.map((time, offset) => `,,${number},${time},${valuesOf(from + offset, sensor)[index]},${field},${name}\r\n`);
        sent += lines.length;
        await sleep(Math.max(0, (sent / rate) * 1000 - (performance.now() - began)));
        if (!response.write(lines.join(""))) await new Promise((resolve) => response.once("drain", resolve));
      }
      number += 1;
    }
  }
  response.end("\r\n");
}

/** A message of 10,000 rows, whose times are put in before each sending. */
function messageOf(partial) {
  const text = (value) => Buffer.concat([Buffer.from([0xa0 | value.length]), Buffer.from(value)]);
  const mark = partial ? [text("partial"), Buffer.from([0xc3])] : [];
  const row = Buffer.concat([Buffer.from([0x95, 0xd3]), Buffer.alloc(8), ...[1.5, 71.25, 35.125].map(double), text(SENSORS[0])]);
  const rows = Buffer.concat(Array.from({ length: 10_000 }, () => row));
  const names = ["time", ...FIELDS, "sensor_id"].map(text);
  const head = Buffer.concat([
    Buffer.from([0x81]),
    text("results"),
    Buffer.from([0x91, partial ? 0x83 : 0x82]),
    text("statement_id"),
    Buffer.from([0]),
    text("series"),
    Buffer.from([0x91, partial ? 0x84 : 0x83]),
    text("name"),
    text("air"),
    text("columns"),
    Buffer.from([0x95]),
    ...names,
    text("values"),
    Buffer.from([0xdc, 0x27, 0x10]),
  ]);
  return { bytes: Buffer.concat([head, rows, ...mark, ...mark]), first: head.length + 2, width: row.length };
}

function double(value) {
  const bytes = Buffer.alloc(9, 0xcb);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

async function sendMsgpack(response, rows) {
  for (let sent = 0; sent < rows; sent += 10_000) {
    const { bytes, first, width } = messageOf(sent + 10_000 < rows);
    for (let row = 0; row < 10_000; row++)
      bytes.writeBigInt64BE(BigInt(START + ((sent + row) % 600_000_000)) * 1_000_000n, first + row * width);
    if (!response.write(bytes)) await new Promise((resolve) => response.once("drain", resolve));
  }
  response.end();
}

function metadata(query) {
  const series = (name, columns, values) => ({ name, columns, values });
  if (query === undefined || !influxql) return { results: [{ statement_id: 0, error: "database not found: sensors" }], buckets: [] };
  const all = [
    series(
      "air",
      ["fieldKey", "fieldType"],
      FIELDS.map((field) => [field, "float"]),
    ),
    series("air", ["tagKey"], [["sensor_id"]]),
    series("", ["name", "duration", "shardGroupDuration", "replicaN", "default"], [["autogen", "0s", "168h0m0s", 1, true]]),
  ];
  return { results: all.map((one, index) => ({ statement_id: index, series: [one] })) };
}

async function answerFlux(response, body, ticks) {
  response.writeHead(200, { "content-type": "text/csv; charset=utf-8" });
  if (body.includes("keys()")) return response.end(table(["_value"], [["sensor_id"]]));
  if (body.includes("distinct("))
    return response.end(
      table(
        ["_value"],
        FIELDS.map((field) => [field]),
      ),
    );
  if (!body.includes("fn: count")) return sendFlux(response, asked(body, ticks));
  await sleep(COUNT_MS);
  const { first, end } = asked(body, ticks);
  const start = new Date(START + first * TICK).toISOString();
  response.end(
    table(
      ["_time", "_field", "_value"],
      FIELDS.map((field) => [start, field, (end - first) * SENSORS.length]),
    ),
  );
}

async function answer(request, response) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { pathname, searchParams } = new URL(request.url, "http://bench");
  response.setHeader("X-Influxdb-Version", "v2.9.1");
  const query = searchParams.get("q") ?? undefined;
  if (pathname === "/ping") response.writeHead(204).end();
  else if (pathname === "/api/v2/buckets")
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ buckets: [{ retentionRules: [SHARD] }] }));
  else if (pathname === "/api/v2/query") await answerFlux(response, Buffer.concat(pieces).toString(), workerData.ticks);
  else if (query?.startsWith("SELECT")) {
    response.writeHead(200, { "content-type": "application/x-msgpack" });
    await sendMsgpack(response, workerData.rows);
  } else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(metadata(query)));
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, "127.0.0.1", () => parentPort.postMessage(`http://127.0.0.1:${server.address().port}`));
