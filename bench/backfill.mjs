// What a backfill costs: against the parser's own pass through the same files, and against a run for each hour; and what a long ledger costs.
// `npm run bench` runs it after bench/run.mjs. Exits 1 where a limit is passed. KPI_BENCH_DAYS sets how many days are filled: 365 is a year, in 3 GB.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { rolldown } from "rolldown";
import { measureInTurns } from "./measure.mjs";

const DAYS = Number(process.env.KPI_BENCH_DAYS ?? 31);
const HOUR = 3_600_000;
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
    external: [/^@duckdb\//],
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  });
  await bundle.write({ dir: join(built, name), format: "esm", entryFileNames: "main.mjs" });
  await bundle.close();
  return join(built, name, "main.mjs");
}

function run(...args) {
  return execFileSync(node, [kpi, ...args, "--now", NOW], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** What is known of the files stays, as it does on a machine where the hourly run reads them. */
function forget() {
  for (const name of ["data", ".kpi/state", ".kpi/runs", "cache"]) rmSync(join(folder, name), { recursive: true, force: true });
}

async function backfill() {
  const iso = (time) => new Date(time).toISOString();
  const pass = { folder: join(folder, "sample"), cache: join(folder, "cache"), from: FROM, to: TO };
  const stretch = ["--from", iso(FROM), "--to", iso(TO), "--now", NOW];
  const cases = [
    { command: [node, kpi, "backfill", "pipeline-horario", ...stretch], cwd: folder, before: forget },
    { command: [node, await build("bare-pass"), JSON.stringify(pass)], cwd: folder, before: forget },
  ];
  execFileSync(node, [kpi, "backfill", "pipeline-horario", ...stretch], { cwd: folder, stdio: "ignore" });
  const [filled, bare] = measureInTurns(cases, { runs: 3 });
  report(
    `a backfill of ${DAYS} days (${filled.wall.toFixed(2)} s) / the parser alone over the same files (${bare.wall.toFixed(2)} s)`,
    ...[filled.wall / bare.wall, 1.5, "×"],
  );
  return filled.wall;
}

/** On a ledger of 100,000 hours, of which some are empty. */
async function longLedger(filled) {
  forget();
  run("backfill", "pipeline-horario", "--from", new Date(FROM).toISOString(), "--to", NOW);
  run("run", "pipeline-horario");
  const hourly = { command: [node, kpi, "run", "pipeline-horario", "--now", "2026-01-05T05:00:00Z"], cwd: folder };
  const [one] = measureInTurns([hourly], { runs: 1 });
  report(
    `a run for each of the hours, in backfills (${(one.wall * DAYS * 24).toFixed(0)} s)`,
    (one.wall * DAYS * 24) / filled,
    20,
    "×",
    true,
  );
  const instance = await DuckDBInstance.create(join(folder, "data", "kpi.duckdb"));
  const db = await instance.connect();
  await db.run("SET TimeZone = 'UTC'");
  await db.run(`INSERT INTO _kpi.attempts SELECT pipeline, hour, hour + INTERVAL 1 HOUR, 1, CASE WHEN n % 1000 = 7 THEN 'empty' ELSE 'loaded' END, 'due', 8640, 8,
    sources, outputs, definition, NULL, NULL, run_id, committed_at
    FROM (SELECT * FROM _kpi.attempts WHERE status = 'loaded' LIMIT 1), (SELECT n, make_timestamptz(${FROM * 1000}) - n * INTERVAL 1 HOUR AS hour FROM range(1, 100_001) AS t(n))`);
  db.closeSync();
  instance.closeSync();
  const now = ["--now", "2026-01-05T05:00:00Z"];
  const [idle, hours] = measureInTurns(
    [["run"], ["hours", "--last", "5000d", "--json"]].map((words) => ({
      command: [node, kpi, ...words, "pipeline-horario", ...now],
      cwd: folder,
    })),
  );
  report("kpi hours over 100,000 hours, CPU over an idle run", (hours.cpu - idle.cpu) * 1000, 150, "ms");
}

try {
  mkdirSync(join(folder, "config"));
  writeFileSync(join(folder, "config", "config.yaml"), readFileSync("config/config.yaml", "utf8").replace(/^ *late: .*\n/m, ""));
  run("sample", "--hours", String(DAYS * 24));
  await longLedger(await backfill());
  report("a plan over 100,000 windows, CPU", Number(execFileSync(node, [await build("plan-many")], { encoding: "utf8" })), 20, "ms");
} finally {
  for (const path of [folder, built]) rmSync(path, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
