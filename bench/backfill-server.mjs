// What a backfill from a real InfluxDB 1 costs whose server makes the aggregates: against the bare downloads of the same replies. `npm run bench` runs it
// after bench/backfill.mjs, and it does nothing where influxd is not installed. KPI_BENCH_SERVER_DAYS sets how many days are filled.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { rolldown } from "rolldown";
import { measureInTurns } from "./measure.mjs";

const DAYS = Number(process.env.KPI_BENCH_SERVER_DAYS ?? 31);
const HOUR = 3_600_000;
const NOW = "2026-01-05T04:00:00Z";
const FROM = new Date(Date.parse(NOW) - DAYS * 24 * HOUR).toISOString();
const kpi = resolve("bin/kpi.js");
const folder = mkdtempSync(join(tmpdir(), "kpi-bench-server-"));
const built = mkdtempSync(resolve("node_modules", ".bench-"));

const config = (url) => `state:     { store: file, path: .kpi/state }
warehouse: { path: data/kpi.duckdb }
connections:
  influx: { type: influxdb, url: "${url}" }
pipelines:
  hourly:
    every: 1h
    steps:
      air:     { extract: influxdb, connection: influx, bucket: sensors, measurement: airSensors, fields: [co, temperature, humidity], aggregate: { every: 1h, fn: [mean, max] } }
      publish: { load: duckdb, from: air, table: kpi_hourly }
`;

async function servers() {
  const bundle = await rolldown({
    input: resolve("test/servers/influxdb.ts"),
    platform: "node",
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  });
  await bundle.write({ dir: built, format: "esm", entryFileNames: "servers.mjs" });
  await bundle.close();
  return import(join(built, "servers.mjs"));
}

function backfill(url) {
  writeFileSync(join(folder, "config", "config.yaml"), config(url));
  for (const name of ["data", ".kpi"]) rmSync(join(folder, name), { recursive: true, force: true });
}

const command = [process.execPath, kpi, "backfill", "hourly", "--from", FROM, "--to", NOW, "--now", NOW];

/** What the backfill asks the server for. */
async function record(url, file) {
  const worker = new Worker(new URL("reader/record-requests.mjs", import.meta.url), { workerData: { server: url } });
  const next = () => new Promise((done) => worker.once("message", done));
  backfill((await next()).url);
  execFileSync(command[0], command.slice(1), { cwd: folder, stdio: "ignore" });
  worker.postMessage("requests");
  const { requests } = await next();
  await worker.terminate();
  writeFileSync(file, JSON.stringify(requests));
  return requests.length;
}

async function measure(server) {
  await server.execute("CREATE DATABASE sensors");
  mkdirSync(join(folder, "config"));
  backfill(server.url);
  execFileSync(command[0], [kpi, "sample", "--hours", String(DAYS * 24), "--now", NOW], { cwd: folder, stdio: "ignore" });
  const lines = join(folder, "sample", "sensors");
  for (const name of readdirSync(lines)) await server.write("sensors", readFileSync(join(lines, name), "utf8"));
  const file = join(folder, "requests.json");
  const requests = await record(server.url, file);
  const replay = [process.execPath, resolve("bench/reader/replay.mjs"), server.url, file];
  const [filled, bare] = measureInTurns(
    [
      { command, cwd: folder, before: () => backfill(server.url) },
      { command: replay, cwd: folder },
    ],
    {
      runs: 5,
    },
  );
  const ratio = filled.wall / bare.wall;
  console.log(
    `${ratio <= 1.5 ? "✓" : "✗"} a backfill of ${DAYS} days by push-down from InfluxDB 1 (${filled.wall.toFixed(2)} s) / the bare downloads of its ${requests} replies (${bare.wall.toFixed(2)} s): ${ratio.toFixed(2)} × (≤ 1.5)`,
  );
  process.exitCode = ratio <= 1.5 ? 0 : 1;
}

try {
  const { findInfluxd, startInfluxdb } = await servers();
  const influxd = findInfluxd();
  const server = influxd === null ? null : await startInfluxdb(influxd);
  try {
    if (server !== null) await measure(server);
  } finally {
    await server?.[Symbol.asyncDispose]();
  }
} finally {
  for (const path of [folder, built]) rmSync(path, { recursive: true, force: true });
}
