// What the reader costs: whole processes against the bare download, the official client and DuckDB's own CSV reader, on a real InfluxDB 1 and on served
// replies. `npm run bench` runs it after bench/run.mjs. Exits 1 where a limit is passed. KPI_BENCH_RUNS sets how many runs a median is made of; arguments
// name the parts to run (bulk, flux, flatness, lines, year), all of them when there are none.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { rolldown } from "rolldown";
import { measure, measureInTurns } from "./measure.mjs";
import { SENSORS, START, TICK, textOf, valuesOf } from "./reader/points.mjs";

const RUNS = Number(process.env.KPI_BENCH_RUNS ?? 5);
const ONLY = process.argv.slice(2);
const TICKS = 60_000;
const ROWS = TICKS * SENSORS.length;
const HOUR = 3_600_000;
const END = START + TICKS * TICK;
const folder = mkdtempSync(join(tmpdir(), "kpi-bench-reader-"));
// the bundle finds DuckDB's native part from where it lies
const built = mkdtempSync(resolve("node_modules", ".bench-"));
const results = [];
const node = process.execPath;
const script = (name) => resolve("bench/reader", name);

function report(what, value, limit, unit) {
  const ok = value <= limit ? "yes" : "NO";
  results.push({ what, value: `${value.toFixed(2)} ${unit}`, limit: `≤ ${limit} ${unit}`, ok });
  console.log(`${ok === "yes" ? "✓" : "✗"} ${what}: ${value.toFixed(2)} ${unit} (≤ ${limit})`);
}

/** Bundles the reader and what else comes from the sources, as `kpi` itself is bundled; `beside` are the threads it starts. */
async function build(input, to, beside = {}) {
  const bundle = await rolldown({
    input: { main: resolve(input), ...beside },
    platform: "node",
    transform: { target: "node20" },
    external: [/^@duckdb\/node-bindings/],
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  });
  await bundle.write({ dir: join(built, to), format: "cjs", entryFileNames: "[name].js" });
  await bundle.close();
  writeFileSync(join(built, to, "package.json"), '{ "type": "commonjs" }');
  return join(built, to, "main.js");
}

const reader = await build("bench/reader/read-source.mjs", "reader", {
  "parse-worker": resolve("src/influx/line-protocol/parse-worker.ts"),
});
const command = (source) => [node, reader, JSON.stringify({ from: START, to: END, folder: join(folder, "work"), ...source })];

/** Runs the reader once and gives what it says of itself. */
function once(source, rows) {
  const [file, ...given] = command(source);
  const { status, stdout, stderr } = spawnSync(file, given, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const told = JSON.parse(stdout.trim().split("\n").at(-1));
  if (told.rows !== rows) throw new Error(`${told.rows} rows came, not ${rows}`);
  return told;
}

async function serve(data) {
  const worker = new Worker(new URL("reader/serve.mjs", import.meta.url), { workerData: { ticks: TICKS, rows: ROWS, ...data } });
  const url = await new Promise((done) => worker.once("message", done));
  return { url, close: () => worker.terminate() };
}

const ratio = (what, mine, theirs, limit, by = "wall") =>
  report(`${what}: ${mine[by].toFixed(2)} s / ${theirs[by].toFixed(2)} s`, mine[by] / theirs[by], limit, "×");

/** Reading against the bare download of the same reply, in turns, and the CPU of reading. */
function againstBare(what, source, reply, { runs = RUNS, limit }) {
  const [bare, mine] = measureInTurns([{ command: [node, script("drain.mjs"), JSON.stringify(reply)] }, { command: command(source) }], {
    runs,
  });
  ratio(`${what} / the bare download`, mine, bare, limit);
  return mine;
}

async function bulk() {
  const { findInfluxd, startInfluxdb } = await import(await build("test/servers/influxdb.ts", "server"));
  const influxd = findInfluxd();
  if (influxd === null) return null;
  const server = await startInfluxdb(influxd);
  try {
    await server.execute("CREATE DATABASE sensors");
    for (let tick = 0; tick < TICKS; tick += 1000) await server.write("sensors", textOf(tick, tick + 1000));
    report(`${ROWS} rows by msgpack, memory`, once({ url: server.url }, ROWS).megabytes, 250, "MB");
    const select = `SELECT co::field, temperature::field, humidity::field, sensor_id::tag FROM air WHERE time >= ${START}000000 AND time < ${END}000000`;
    const parameters = new URLSearchParams({ db: "sensors", epoch: "ns", chunked: "true", chunk_size: "10000", q: select });
    const mine = againstBare(`${ROWS} rows by msgpack`, { url: server.url }, { url: `${server.url}/query?${parameters}` }, { limit: 1.3 });
    report(`${ROWS} rows by msgpack, CPU`, mine.cpu, 1.3, "s");
    hourly(server.url);
    return mine;
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

function hourly(url) {
  const hours = Math.floor((END - START) / HOUR);
  const rows = hours * SENSORS.length;
  const { received } = once({ url, every: HOUR, to: START + hours * HOUR }, rows);
  report(`the hourly mean of ${hours} hours, rows received for each series and hour`, received / rows, 1, "rows");
}

/** A table in memory takes 56 bytes a row: two times, a tag and three doubles. */
const BYTES_A_ROW = 56;

async function flatness() {
  for (const rows of [1_000_000, 10_000_000]) {
    const server = await serve({ influxql: true, rows });
    const { megabytes } = once({ url: server.url }, rows);
    const table = Math.round((rows * BYTES_A_ROW) / 1e6);
    report(`${rows} served rows by msgpack, memory (the table in it: ${table} MB)`, megabytes, 250, "MB");
    await server.close();
  }
  const ticks = Math.ceil(10_000_000 / 3 / SENSORS.length);
  const rows = ticks * SENSORS.length;
  const server = await serve({ influxql: false, ticks });
  const { megabytes } = once({ url: server.url, to: START + ticks * TICK }, rows);
  report(`${rows * 3} served values by Flux, memory`, megabytes, 450, "MB");
  await server.close();
}

async function flux(msgpack) {
  const server = await serve({ influxql: false });
  const reply = { url: `${server.url}/api/v2/query`, body: JSON.stringify({ query: "points" }) };
  againstBare(`${ROWS * 3} values by Flux`, { url: server.url }, reply, { runs: Math.ceil(RUNS / 2), limit: 1.4 });
  report(`${ROWS * 3} values by Flux, memory`, once({ url: server.url }, ROWS).megabytes, 450, "MB");
  const official = measure([node, script("official-client.mjs"), server.url], { runs: 1 });
  if (msgpack !== null) {
    ratio("the rows by msgpack / by the official client", msgpack, official, 0.25);
    ratio("the same, CPU", msgpack, official, 0.1, "cpu");
  }
  await server.close();
}

function writeText(path, line, head = "") {
  const file = openSync(path, "w");
  writeSync(file, head);
  for (let tick = 0; tick < TICKS; tick += 1000) writeSync(file, textOf(tick, tick + 1000, line));
  closeSync(file);
}

function lines() {
  const csv = join(folder, "wide.csv");
  const row = (tick, sensor) => `${new Date(START + tick * TICK).toISOString()},${SENSORS[sensor]},${valuesOf(tick, sensor)}\n`;
  writeText(csv, row, "time,sensor_id,co,temperature,humidity\n");
  const before = () => rmSync(join(folder, "work"), { recursive: true, force: true });
  const folders = ["lp", "lp.gz"].map((kind) => {
    const points = join(folder, kind);
    mkdirSync(points);
    writeText(join(points, "all.lp"));
    if (kind === "lp.gz") execFileSync("gzip", ["-1", join(points, "all.lp")]);
    return { command: command({ url: `file:${points}` }), before };
  });
  const [floor, plain, packed] = measureInTurns([{ command: [node, script("read-csv.mjs"), csv] }, ...folders], { runs: RUNS });
  ratio(`${ROWS} rows from a folder / read_csv`, plain, floor, 1.7);
  ratio(`${ROWS} rows from a folder of gzip / read_csv`, packed, floor, 2.2);
}

function year() {
  const points = join(folder, "year");
  mkdirSync(points);
  for (let hour = 0; hour < 365 * 24; hour++)
    writeFileSync(join(points, `${String(hour).padStart(4, "0")}.lp`), textOf(hour * 360, hour * 360 + 1));
  const hour = { url: `file:${points}`, from: START + 4000 * HOUR, to: START + 4001 * HOUR };
  // the index does not take in what has only just been written
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  once(hour, SENSORS.length);
  report("an hour out of a year of hourly files, files opened", once(hour, SENSORS.length).opened, 1, "files");
}

try {
  const wanted = (part) => ONLY.length === 0 || ONLY.includes(part.name);
  const msgpack = wanted(bulk) ? await bulk() : null;
  if (wanted(flux)) await flux(msgpack);
  if (wanted(flatness)) await flatness();
  for (const part of [lines, year]) if (wanted(part)) part();
} finally {
  rmSync(folder, { recursive: true, force: true });
  rmSync(built, { recursive: true, force: true });
}
console.table(results);
const failed = results.filter(({ ok }) => ok !== "yes").length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
