// npm run record: writes down, byte by byte, what an InfluxDB 2 is asked by kpi and what it replies (docs/live-suite.md).
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { importSource } from "./import-source.mjs";
import { openTap } from "./tap.mjs";

const BUCKET = "kpi-record";
const NOW = "2026-01-05T11:10:00Z";
const TEN = Date.parse("2026-01-05T10:00:00Z");
const POINTS = [
  ...["TLM0100", "TLM0101"].flatMap((sensor) =>
    [0, 10, 20, 3_599, 3_600].map(
      (s) => `airSensors,sensor_id=${sensor} co=${s / 10},humidity=35.25,temperature=71.5 ${TEN + s * 1000}000000`,
    ),
  ),
  `types,k=a f=1.5,i=9223372036854775807i,u=18446744073709551615u,b=true,s="x" ${TEN}000000`,
  `types,k=b f=-0.1,i=-9223372036854775808i,u=0u,b=false,s="" ${TEN}000007`,
  `types f=5e-324,s="a,b \\"q\\" \\\\ = 🙂\nnext" ${TEN + 1}000000`,
  `odd\\ name,ta\\ g=a\\,b\\=c,o"q=\\ x,result=r,table=t fi\\ eld=1,"q"=2i ${TEN}000000`,
];
const EXTRACTS = {
  hour: "measurement: airSensors, fields: [co, temperature, humidity]",
  types: "measurement: types",
  odd: 'measurement: "odd name"',
  nothing: "measurement: nothing",
  aggregate: "measurement: airSensors, fields: [co], aggregate: { every: 1h, fn: [mean, max], by: [sensor_id] }",
};

const values = readOptions();
const { openTargetServer } = await importSource("test/live/target-server.ts");
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => interrupted.abort(128 + constants.signals[signal]));

function readOptions() {
  try {
    return parseArgs({ options: { out: { type: "string" } } }).values;
  } catch (thrown) {
    console.error(`Cannot record: ${thrown.message}\n  Usage: npm run record -- [--out FOLDER]`);
    process.exit(64);
  }
}

function configuration(tap, extract) {
  return `state: { store: file, path: .kpi/state }
warehouse: { path: data/kpi.duckdb }
connections:
  influx: { type: influxdb, url: "${tap}", org: "\${INFLUX_ORG:-}", token: "\${INFLUX_TOKEN:-}", retries: 0 }
pipelines:
  hour:
    every: 1h
    steps:
      points:  { extract: influxdb, connection: influx, bucket: ${BUCKET}, ${extract} }
      publish: { load: duckdb, from: points, table: points }
`;
}

/** Runs the built tool in a folder of its own. A run whose step fails is worth recording too. */
async function kpi({ org, token }, tap, extract, args) {
  const folder = mkdtempSync(join(tmpdir(), "kpi-record-"));
  try {
    writeFileSync(join(folder, "config.yaml"), configuration(tap, extract));
    const env = { PATH: process.env.PATH, HOME: folder, INFLUX_ORG: org, INFLUX_TOKEN: token, KPI_NOW: NOW };
    const { signal } = interrupted;
    await promisify(execFile)(process.execPath, [resolve("bin/kpi.js"), ...args], { cwd: folder, env, signal });
  } catch (thrown) {
    console.error(`${args.join(" ")} ended with ${thrown.code}: ${thrown.stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  interrupted.signal.throwIfAborted();
}

/** Every query that kpi compiles, by one road. */
async function record(settings, road, folder) {
  const run = async (name, extract, args) => {
    const tap = await openTap({ server: settings.url, token: settings.token, fluxOnly: road === "flux" });
    try {
      await kpi(settings, tap.url, extract, args);
    } finally {
      await tap.close();
    }
    tap.exchanges().forEach(({ request, reply }, index) => {
      const file = join(folder, `${road}_${name}_${index}_${kindOf(request)}`);
      writeFileSync(`${file}.request`, request);
      writeFileSync(`${file}.reply`, reply);
    });
    console.error(`${road}_${name}: ${tap.exchanges().length} requests`);
  };
  for (const [name, extract] of Object.entries(EXTRACTS)) await run(name, extract, ["run"]);
  await run("count", `${EXTRACTS.hour}, prove: count`, ["run"]);
  await run("ls_buckets", EXTRACTS.hour, ["source", "ls"]);
  await run("ls_measurements", EXTRACTS.hour, ["source", "ls", "--bucket", BUCKET]);
  await run("ls_measurement", EXTRACTS.hour, ["source", "ls", "--bucket", BUCKET, "--measurement", "airSensors"]);
}

/** A word for what was asked: `ping`, `query`, `buckets`. */
function kindOf(request) {
  const path = /^\S+ (\S+)/.exec(request.toString("latin1", 0, 2000))?.[1] ?? "";
  return path.split("?")[0].split("/").at(-1);
}

async function recordAll() {
  const server = await openTargetServer(process.env);
  if (server.major !== 2)
    throw new Error(`INFLUX_URL "${server.settings.url}" is InfluxDB ${server.version}: what is recorded is InfluxDB 2`);
  const folder = values.out ?? `test/fixtures/influxdb-${server.version}/recorded`;
  await server.make(BUCKET);
  try {
    await server.write(BUCKET, POINTS.join("\n"));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "points.lp"), `${POINTS.join("\n")}\n`);
    for (const road of ["influxql", "flux"]) await record(server.settings, road, folder);
    console.error(`wrote ${folder}`);
  } finally {
    await server.drop((name) => name === BUCKET);
  }
}

await recordAll().catch((thrown) => {
  const { aborted, reason } = interrupted.signal;
  if (!aborted) console.error(thrown.message);
  process.exitCode = aborted ? reason : 2;
});
