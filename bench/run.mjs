// `npm run bench`: what kpi costs, side by side with what a user would do otherwise, in one run on this machine. Exits 1 where a limit is passed.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { fluxReply } from "./flux-server.mjs";
import { measure, measureInTurns } from "./measure.mjs";

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

/** The shipped pipeline without what it may do besides: looking for late points, and checks. */
function alone(yaml) {
  return yaml.replace(/^ *late:.*\n/m, "").replace(/, checks: \[.*\](?= \})/, "");
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
  run("run", "pipeline-horario", "--now", NOW);
  const lines = [["--version"], ["validate"], ["run", "pipeline-horario", "--now", NOW]];
  const cases = [[node, "-e", "0"], ...lines.map((words) => [node, kpi, ...words])].map((command) => ({ command, cwd: folder }));
  const [empty, ...times] = measureInTurns(cases, { runs: 15 });
  const [version, validate, idle] = times.map(({ cpu }) => (cpu - empty.cpu) * 1000);
  report("kpi --version, CPU over an empty Node", version, 30, "ms");
  report("kpi validate, CPU over an empty Node", validate, 180, "ms");
  report("kpi run with nothing due, CPU over an empty Node", idle, 450, "ms");
}

/** What it costs to ask the source for the counts of 48 hours, where none has changed. */
function lateness() {
  const without = join(folder, "config", "without-late.yaml");
  writeFileSync(without, readFileSync(join(folder, "config", "config.yaml"), "utf8").replace(/ +late: .*\n/, ""));
  const idle = [node, kpi, "run", "pipeline-horario", "--now", NOW];
  const [late, plain] = measureInTurns(
    [idle, [...idle, "--config", without]].map((command) => ({ command, cwd: folder })),
    { runs: 15 },
  );
  report("idle run with late: 48h, over one without", (late.wall - plain.wall) * 1000, 100, "ms");
}

/** One hour as cron does it: a process of its own, on a warehouse that holds the hour before. */
async function coldHour() {
  configure((yaml) => alone(yaml).replace("begin: 48h", "begin: previous"));
  const hourly = onWarehouse("hourly", () => run("run", "pipeline-horario", "--now", "2026-01-05T03:10:00Z"));
  const points = pointsOf("2026-01-05T03:00:00Z");
  const csv = join(folder, "hour.csv");
  const rows = points.map(({ sensor, time, fields }) =>
    [time, sensor, fields.co ?? "", fields.temperature ?? "", fields.humidity ?? ""].join(","),
  );
  writeFileSync(csv, `time,sensor_id,co,temperature,humidity\n${rows.join("\n")}\n`);
  const way = await pythonWay(points);
  const cases = [
    { command: [node, kpi, "run", "pipeline-horario", "--now", "2026-01-05T04:10:00Z"], cwd: folder, before: hourly },
    { command: [node, resolve("bench/bare-duckdb.mjs"), csv, join(folder, "bare.duckdb")] },
    ...(way === null ? [] : [way]),
  ];
  const [hour, floor, python] = measureInTurns(cases, { runs: 9 });
  await way?.stop();
  report(`one cold hour (${hour.cpu.toFixed(2)} s CPU) / bare DuckDB on a CSV (${floor.cpu.toFixed(2)} s)`, hour.cpu / floor.cpu, 2, "×");
  if (python === undefined) return;
  report(`one cold hour (${hour.cpu.toFixed(2)} s CPU) / the Python way (${python.cpu.toFixed(2)} s)`, hour.cpu / python.cpu, 0.6, "×");
}

/** The Python way with a project of its own, and a server for it to read from; null where this machine lacks its packages. */
async function pythonWay(points) {
  const python = process.env.KPI_BENCH_PYTHON ?? "python3";
  if (spawnSync(python, ["-c", "import dotenv, duckdb, influxdb_client, pandas, yaml"]).status !== 0) {
    const packages = '"influxdb-client[extra]" duckdb pyyaml python-dotenv';
    console.log(
      `The Python way is left out: ${python} lacks its packages (pip install ${packages}; KPI_BENCH_PYTHON names another Python)`,
    );
    return null;
  }
  const body = fluxReply(points, "2026-01-05T03:00:00Z", "2026-01-05T04:00:00Z");
  const worker = new Worker(new URL("flux-worker.mjs", import.meta.url), { workerData: body });
  const url = await new Promise((done) => worker.once("message", done));
  const project = join(folder, "python");
  mkdirSync(project);
  const influx = { url, org: "o", bucket: "sensors", measurement: "airSensors" };
  writeFileSync(join(project, "config.yaml"), JSON.stringify({ influx, warehouse: "kpi.duckdb" }));
  writeFileSync(join(project, ".env"), "INFLUX_TOKEN=t\n");
  return {
    command: [python, resolve("bench/python_way.py"), project],
    before: () => writeFileSync(join(project, "state.json"), JSON.stringify({ last_processed_hour: "2026-01-05T02:00:00+00:00" })),
    stop: () => worker.terminate(),
  };
}

function catchUp() {
  configure((yaml) => alone(yaml).replace("begin: 48h", "begin: previous"));
  const one = measure([node, kpi, "run", "pipeline-horario", "--now", "2026-01-05T04:10:00Z"], { cwd: folder, before: forget, runs: 5 });
  configure((yaml) => alone(yaml).replace("begin: 48h", "begin: 100h"));
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

/** Prepares a warehouse and its state from nothing; gives the function that puts both back as they were then. */
function onWarehouse(name, prepare) {
  forget();
  prepare();
  const saved = join(folder, `saved-${name}`);
  mkdirSync(saved);
  cpSync(join(folder, "data"), join(saved, "data"), { recursive: true });
  cpSync(join(folder, ".kpi", "state"), join(saved, "state"), { recursive: true });
  return () => {
    forget();
    cpSync(join(saved, "data"), join(folder, "data"), { recursive: true });
    cpSync(join(saved, "state"), join(folder, ".kpi", "state"), { recursive: true });
  };
}

/** A run of 24 hours on a ledger that already holds so many. */
function onLedgerOf(hours) {
  const first = new Date(Date.parse("2026-01-04T04:00:00Z") - hours * 3_600_000).toISOString().replace(".000Z", "Z");
  const now = ["--now", "2026-01-05T04:10:00Z"];
  const before = onWarehouse(`${hours}`, () => {
    run("state", "reset", "pipeline-horario", "--from", first, "--yes", ...now);
    run("state", "set", "pipeline-horario", "2026-01-04T03:00:00Z", "--yes", ...now);
  });
  return { command: [node, kpi, "run", "pipeline-horario", ...now], cwd: folder, before };
}

function flatness() {
  configure(alone);
  const [few, many] = measureInTurns([onLedgerOf(100), onLedgerOf(10_000)]);
  const what = `24 hours on a ledger of 10,000 rows (${many.wall.toFixed(2)} s) / of 100 rows (${few.wall.toFixed(2)} s)`;
  report(what, many.wall / few.wall, 1.25, "×");
}

if (!existsSync(kpi)) throw new Error("run this from the repository's root");
try {
  configure(alone);
  if (existsSync(".env.example")) copyFileSync(".env.example", join(folder, ".env"));
  run("sample", "--hours", "102", "--now", NOW);
  startUp();
  lateness();
  await coldHour();
  catchUp();
  flatness();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.table(results);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
