// The parser alone: goes once through a folder of line protocol and throws the rows away. Bundled by bench/backfill.mjs.
import connection from "../../src/influx/influxdb-connection.ts";

const { folder, cache, from, to } = JSON.parse(process.argv[2]);
const client = await connection.open(connection.config.parse({ url: `file:${folder}` }), { name: "bench", project: folder, cache });
const query = { kind: "points", bucket: "sensors", measurement: "airSensors", fields: ["co", "temperature", "humidity"] };
const whole = { ...query, tags: null, where: new Map(), types: new Map(), prove: "framing", aggregate: null };
const nobody = { append: async () => undefined, close: async () => undefined };
await client.read(
  whole,
  { start: from, end: to, windows: [{ start: from, end: to }] },
  {
    db: { run: async () => 0, rows: async () => [] },
    append: async () => ({ table: "nobody", ...nobody }),
    warn: () => undefined,
    progress: () => undefined,
    log: () => undefined,
    signal: new AbortController().signal,
  },
);
await client[Symbol.asyncDispose]();
