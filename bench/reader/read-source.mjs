// One process as short as it can be: Node, DuckDB and the reader, into a table of a workspace. Bundled by bench/reader.mjs. Prints what it took.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

let opened = 0;
const { createReadStream } = fs;
fs.createReadStream = (...given) => {
  opened += 1;
  return createReadStream(...given);
};
syncBuiltinESMExports();

async function main() {
  const [{ openWorkspace }, { default: connection }] = await Promise.all([
    import("../../src/duckdb/open-workspace.ts"),
    import("../../src/influx/influxdb-connection.ts"),
  ]);
  const { url, from, to, folder, every } = JSON.parse(process.argv[2]);
  const signal = new AbortController().signal;
  const workspace = await openWorkspace({ scratch: `${folder}/scratch`, fence: { folders: [], files: [] } });
  const db = await workspace.connect();
  const client = await connection.open(connection.config.parse({ url, org: "o", token: "t" }), {
    name: "bench",
    project: folder,
    cache: `${folder}/cache`,
    environment: {},
  });
  let tables = 0;
  let received = 0;
  const append = async (columns) => {
    const table = `t${++tables}`;
    await db.run(`CREATE TABLE ${table} (${columns.map(({ name, type }) => `${name} ${type}`).join(", ")})`);
    const appender = await db.append(table, columns);
    return {
      table,
      append: (batch) => {
        received += batch.rows;
        appender.append(batch);
      },
      close: () => appender.close(),
    };
  };
  const query = {
    kind: "points",
    bucket: "sensors",
    measurement: "air",
    fields: ["co", "temperature", "humidity"],
    tags: null,
    where: new Map(),
    types: new Map(),
    prove: "framing",
    aggregate: every === undefined ? null : { every, functions: ["mean"], plain: true, by: null },
  };
  const span = { start: from, end: to, windows: [{ start: from, end: to }] };
  const { sql } = await client.read(query, span, {
    db,
    append,
    warn: console.error,
    progress: () => undefined,
    log: () => undefined,
    signal,
  });
  // points in one table as they are need no second one
  const relation = /JOIN|GROUP BY/.test(sql) ? "relation" : `(${sql})`;
  if (relation === "relation") await db.run(`CREATE TABLE relation AS ${sql}`);
  const [{ rows, total }] = await db.rows(`SELECT count(*) AS rows, round(sum(co), 3) AS total FROM ${relation}`);
  await client[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
  await workspace.close();
  const { user, system } = process.cpuUsage();
  console.log(
    JSON.stringify({
      rows,
      received,
      total,
      opened,
      cpu: (user + system) / 1e6,
      megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
}

void main();
