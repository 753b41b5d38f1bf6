// What a backfill costs: against the parser's own pass through the same files, and against a run for each hour; and what a long ledger costs.
// `npm run bench` runs it after bench/reader.mjs. Exits 1 where a limit is passed. KPI_BENCH_DAYS sets how many days are filled, a quarter of a year unless
// it is told: 365 is a year, in 3 GB; KPI_BENCH_HOURS how many hours are run one by one.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { rolldown } from "rolldown";
import { measureInTurns } from "./measure.mjs";

const DAYS = Number(process.env.KPI_BENCH_DAYS ?? 92);
const HOURS = Number(process.env.KPI_BENCH_HOURS ?? (DAYS < 100 ? 20 : 100));
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = "2026-01-05T04:00:00Z";
const TO = Date.parse(NOW);
const FROM = TO - DAYS * 24 * HOUR;
const kpi = resolve("bin/kpi.js");
const node = process.execPath;
const folder = mkdtempSync(join(tmpdir(), "kpi-bench-backfill-"));
// the bundle finds DuckDB's native part from where it lies
const built = mkdtempSync(resolve("node_modules", ".bench-"));
let failed = 0;

function report(what, value, limit, unit, least = false) {
  const ok = least ? value >= limit : value <= limit;
  if (!ok) failed += 1;
  console.log(`${ok ? "✓" : "✗"} ${what}: ${value.toFixed(2)} ${unit} (${least ? "≥" : "≤"} ${limit})`);
}

async function build(name) {
  const bundle = await rolldown({
    input: resolve("bench/reader", `${name}.mjs`),
    platform: "node",
    transform: { target: "node20" },
    external: [/^@duckdb\//],
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  });
  await bundle.write({ dir: join(built, name), format: "esm", entryFileNames: "main.mjs" });
  await bundle.close();
  return join(built, name, "main.mjs");
}

function run(...args) {
  return execFileSync(node, [kpi, ...args], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** What is known of the files goes too where `known` is false: then each must be read before the first hour can be published. */
function forget(known) {
  for (const name of ["data", ".kpi/state", ".kpi/runs", "cache", ...(known ? [] : [".kpi/cache"])])
    rmSync(join(folder, name), { recursive: true, force: true });
}

const iso = (time) => new Date(time).toISOString();
const backfillOf = (days) => [
  node,
  kpi,
  "backfill",
  "pipeline-horario",
  "--from",
  iso(TO - days * 24 * HOUR),
  "--to",
  iso(TO),
  "--now",
  NOW,
];

/** The most memory a backfill has held, in MB. */
function memoryOf(days) {
  forget(false);
  const file = join(folder, "memory");
  const [command, ...given] = backfillOf(days);
  const tell = ["--import", pathToFileURL(resolve("bench/tell-memory.mjs")).href];
  execFileSync(command, [...tell, ...given], { cwd: folder, stdio: "ignore", env: { ...process.env, KPI_BENCH_MEMORY: file } });
  return Number(readFileSync(file, "utf8"));
}

async function backfill() {
  const pass = { folder: join(folder, "sample"), cache: join(folder, "cache"), from: FROM, to: TO };
  const cases = [
    { command: backfillOf(DAYS), cwd: folder, before: () => forget(false) },
    { command: [node, await build("bare-pass"), JSON.stringify(pass)], cwd: folder, before: () => forget(true) },
    { command: backfillOf(DAYS), cwd: folder, before: () => forget(true) },
  ];
  const [filled, bare, known] = measureInTurns(cases, { runs: DAYS < 100 ? 3 : 1 });
  const alone = `the parser alone over the same files (${bare.wall.toFixed(2)} s)`;
  report(`a backfill of ${DAYS} days of new files (${filled.wall.toFixed(2)} s) / ${alone}`, filled.wall / bare.wall, 1.5, "×");
  report(`the same of files that are known (${known.wall.toFixed(2)} s) / ${alone}`, known.wall / bare.wall, 1.5, "×");
  console.log(`  in seconds of CPU: ${[filled, known, bare].map(({ cpu }) => cpu.toFixed(2)).join(", ")}`);
  const [all, part] = [memoryOf(DAYS), memoryOf(Math.ceil(DAYS / 2))];
  report(`the memory of a backfill of ${DAYS} days`, all, 600, "MB");
  report(`the same / that of half of them (${part.toFixed(0)} MB)`, all / part, 1.25, "×");
  return filled.wall;
}

/** Each hour by a run of its own, one after the other, some measured. */
function hourByHour(filled) {
  forget(true);
  const begun = performance.now();
  for (let hour = 1; hour <= HOURS; hour++) run("run", "pipeline-horario", "--now", iso(FROM + hour * HOUR + 10 * MINUTE));
  const all = ((performance.now() - begun) / 1000 / HOURS) * DAYS * 24;
  report(`a run for each of the hours, by ${HOURS} of them (${all.toFixed(0)} s) / the backfill of new files`, all / filled, 20, "×", true);
}

/** On a ledger of 100,000 hours, of which some are empty. */
async function longLedger() {
  forget(true);
  run("run", "pipeline-horario", "--now", NOW);
  const instance = await DuckDBInstance.create(join(folder, "data", "kpi.duckdb"));
  const db = await instance.connect();
  await db.run("SET TimeZone = 'UTC'");
  await db.run(`INSERT INTO _kpi.attempts SELECT pipeline, hour, hour + INTERVAL 1 HOUR, 1, CASE WHEN n % 1000 = 7 THEN 'empty' ELSE 'loaded' END, 'due', 8640, 8,
    sources, outputs, definition, NULL, NULL, run_id, committed_at
    FROM (SELECT * FROM _kpi.attempts WHERE status = 'loaded' LIMIT 1), (SELECT n, make_timestamptz(${(TO - 48 * HOUR) * 1000}) - n * INTERVAL 1 HOUR AS hour FROM range(1, 100_001) AS t(n))`);
  db.closeSync();
  instance.closeSync();
  const words = [["run"], ["hours", "--last", "5000d", "--json"], ["run", "--config", "config/late.yaml"]];
  const [idle, hours, late] = measureInTurns(
    words.map((given) => ({ command: [node, kpi, ...given, "pipeline-horario", "--now", NOW], cwd: folder })),
    { runs: 15 },
  );
  report("kpi hours over 100,000 hours, CPU over an idle run", (hours.cpu - idle.cpu) * 1000, 150, "ms");
  report("an idle run with late: 48h over one without", (late.wall - idle.wall) * 1000, 100, "ms");
  report("the same, CPU", (late.cpu - idle.cpu) * 1000, 100, "ms");
}

try {
  mkdirSync(join(folder, "config"));
  const shipped = readFileSync("config/config.yaml", "utf8");
  writeFileSync(join(folder, "config", "late.yaml"), shipped);
  writeFileSync(join(folder, "config", "config.yaml"), shipped.replace(/^ *late: .*\n/m, ""));
  run("sample", "--hours", String(DAYS * 24), "--now", NOW);
  hourByHour(await backfill());
  await longLedger();
  report("a plan over 100,000 windows, CPU", Number(execFileSync(node, [await build("plan-many")], { encoding: "utf8" })), 20, "ms");
} finally {
  for (const path of [folder, built]) rmSync(path, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
