// `npm run bench`: what kpi costs, side by side with what a user would do otherwise, in one run on this machine. Exits 1 where a limit is passed.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { fluxReply } from "./flux-server.mjs";
import { measure } from "./measure.mjs";

const kpi = resolve("bin/kpi.js");
const folder = mkdtempSync(join(tmpdir(), "kpi-bench-"));
const NOW = "2026-01-05T05:00:00Z";
const node = process.execPath;
const results = [];
let passed = 0;
let failed = 0;

function report(what, value, limit, unit) {
  const ok = value <= limit;
  if (ok) passed += 1;
  else failed += 1;
  results.push({ what, value: `${value.toFixed(2)} ${unit}`, limit: `≤ ${limit} ${unit}`, ok: ok ? "yes" : "NO" });
}

function run(...args) {
  return execFileSync(node, [kpi, ...args], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function forget() {
  for (const name of ["data", ".kpi/state", ".kpi/runs"]) rmSync(join(folder, name), { recursive: true, force: true });
}

function configure(changes) {
  const shipped = readFileSync("config/config.yaml", "utf8");
  mkdirSync(join(folder, "config"), { recursive: true });
  writeFileSync(join(folder, "config", "config.yaml"), changes(shipped));
}

/** The points of one hour of the sample, from its own files. */
function pointsOf(hour) {
  const files = readdirSync(join(folder, "sample", "sensors")).map((name) => readFileSync(join(folder, "sample", "sensors", name), "utf8"));
  const [from, to] = [Date.parse(hour), Date.parse(hour) + 3_600_000];
  return files
    .flatMap((text) => text.split("\n"))
    .map((line) => /^airSensors,sensor_id=(\S+) (\S+) (\d+)$/.exec(line))
    .filter((match) => match !== null && Number(match[3]) / 1e6 >= from && Number(match[3]) / 1e6 < to)
    .map(([, sensor, fields, time]) => ({
      sensor,
      time: new Date(Number(time) / 1e6).toISOString(),
      fields: Object.fromEntries(fields.split(",").map((field) => [field.split("=")[0], Number(field.split("=")[1])])),
    }));
}

function startUp() {
  const empty = measure([node, "-e", "0"], { runs: 15 });
  const over = (args, before) =>
    (measure([node, kpi, ...args], { cwd: folder, runs: 15, ...(before && { before }) }).cpu - empty.cpu) * 1000;
  report("kpi --version, CPU over an empty Node", over(["--version"]), 30, "ms");
  report("kpi validate, CPU over an empty Node", over(["validate"]), 180, "ms");
  run("run", "pipeline-horario", "--now", NOW);
  report("kpi run with nothing due, CPU over an empty Node", over(["run", "pipeline-horario", "--now", NOW]), 450, "ms");
}

async function coldHour() {
  configure((yaml) => yaml.replace("begin: 48h", "begin: previous"));
  const points = pointsOf("2026-01-05T03:00:00Z");
  const csv = join(folder, "hour.csv");
  const rows = points.map(({ sensor, time, fields }) =>
    [time, sensor, fields.co ?? "", fields.temperature ?? "", fields.humidity ?? ""].join(","),
  );
  writeFileSync(csv, `time,sensor_id,co,temperature,humidity\n${rows.join("\n")}\n`);
  const hour = measure([node, kpi, "run", "pipeline-horario", "--now", "2026-01-05T04:10:00Z"], { cwd: folder, before: forget });
  const bare = measure([node, resolve("bench/bare-duckdb.mjs"), csv, join(folder, "bare.duckdb")], {
    cwd: folder,
    before: () => rmSync(join(folder, "bare.duckdb"), { force: true }),
  });
  report(`one cold hour (${hour.cpu.toFixed(2)} s CPU) / bare DuckDB on a CSV (${bare.cpu.toFixed(2)} s)`, hour.cpu / bare.cpu, 2, "×");
  await pythonWay(hour, points);
}

async function pythonWay(hour, points) {
  const python = process.env.KPI_BENCH_PYTHON ?? "python3";
  if (spawnSync(python, ["-c", "import influxdb_client, pandas, duckdb"]).status !== 0) {
    console.log(
      `The Python way is left out: ${python} lacks influxdb-client, pandas or duckdb (pip install "influxdb-client[extra]" duckdb; KPI_BENCH_PYTHON names another Python)`,
    );
    return;
  }
  const body = fluxReply(points, "2026-01-05T03:00:00Z", "2026-01-05T04:00:00Z");
  const worker = new Worker(new URL("flux-worker.mjs", import.meta.url), { workerData: body });
  const url = await new Promise((done) => worker.once("message", done));
  const way = measure([python, resolve("bench/python_way.py"), url, join(folder, "python.duckdb")], { cwd: folder, runs: 5 });
  await worker.terminate();
  report(`one cold hour (${hour.cpu.toFixed(2)} s CPU) / the Python way (${way.cpu.toFixed(2)} s)`, hour.cpu / way.cpu, 0.6, "×");
}

function catchUp() {
  configure((yaml) => yaml.replace("begin: 48h", "begin: previous"));
  const one = measure([node, kpi, "run", "pipeline-horario", "--now", "2026-01-05T04:10:00Z"], { cwd: folder, before: forget, runs: 5 });
  configure((yaml) => yaml.replace("begin: 48h", "begin: 100h"));
  const hundred = measure([node, kpi, "run", "pipeline-horario", "--now", "2026-01-05T04:10:00Z"], {
    cwd: folder,
    before: forget,
    runs: 3,
  });
  report(
    `100 hours in one run (${hundred.wall.toFixed(2)} s) / one hour's run (${one.wall.toFixed(2)} s)`,
    hundred.wall / one.wall,
    10,
    "×",
  );
}

/** Wall time of a run of 24 hours on a ledger that already holds so many. */
function withLedgerOf(hours) {
  forget();
  const first = new Date(Date.parse("2026-01-04T04:00:00Z") - hours * 3_600_000).toISOString().replace(".000Z", "Z");
  const now = ["--now", "2026-01-05T04:10:00Z"];
  run("state", "reset", "pipeline-horario", "--from", first, "--yes", ...now);
  run("state", "set", "pipeline-horario", "2026-01-04T03:00:00Z", "--yes", ...now);
  const saved = join(folder, "saved");
  rmSync(saved, { recursive: true, force: true });
  mkdirSync(saved);
  cpSync(join(folder, "data"), join(saved, "data"), { recursive: true });
  cpSync(join(folder, ".kpi", "state"), join(saved, "state"), { recursive: true });
  const before = () => {
    forget();
    cpSync(join(saved, "data"), join(folder, "data"), { recursive: true });
    cpSync(join(saved, "state"), join(folder, ".kpi", "state"), { recursive: true });
  };
  return measure([node, kpi, "run", "pipeline-horario", ...now], { cwd: folder, before, runs: 5 }).wall;
}

function flatness() {
  configure((yaml) => yaml);
  const few = withLedgerOf(100);
  const many = withLedgerOf(10_000);
  report(`24 hours on a ledger of 10,000 rows (${many.toFixed(2)} s) / of 100 rows (${few.toFixed(2)} s)`, many / few, 1.25, "×");
}

if (!existsSync(kpi)) throw new Error("run this from the repository's root");
try {
  configure((yaml) => yaml);
  if (existsSync(".env.example")) copyFileSync(".env.example", join(folder, ".env"));
  run("sample", "--hours", "102", "--now", NOW);
  startUp();
  await coldHour();
  catchUp();
  flatness();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.table(results);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
