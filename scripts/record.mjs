// npm run record: writes down, byte by byte, what an InfluxDB 2 is asked by kpi and what it replies (docs/live-suite.md).
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
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

const { INFLUX_URL: url, INFLUX_ORG: org = "", INFLUX_TOKEN: token = "" } = process.env;
const { values } = parseArgs({ options: { out: { type: "string" } } });
if (url === undefined) {
  console.error("INFLUX_URL is not set: docs/live-suite.md says what recording needs");
  process.exit(2);
}

/** Sends a request to the server itself. Throws what it says when it refuses. */
async function send(method, path, body) {
  const reply = await fetch(`${url.replace(/\/$/, "")}${path}`, { method, body, headers: { authorization: `Token ${token}` } });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
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
async function kpi(tap, extract, args) {
  const folder = mkdtempSync(join(tmpdir(), "kpi-record-"));
  try {
    writeFileSync(join(folder, "config.yaml"), configuration(tap, extract));
    const env = { PATH: process.env.PATH, HOME: folder, INFLUX_ORG: org, INFLUX_TOKEN: token, KPI_NOW: NOW };
    await promisify(execFile)(process.execPath, [resolve("bin/kpi.js"), ...args], { cwd: folder, env });
  } catch (thrown) {
    console.error(`${args.join(" ")} ended with ${thrown.code}: ${thrown.stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every query that kpi compiles, by one road. */
async function record(road, folder) {
  const run = async (name, extract, args) => {
    const tap = await openTap({ server: url, token, fluxOnly: road === "flux" });
    await kpi(tap.url, extract, args);
    await tap.close();
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

const ping = await fetch(`${url}/ping`);
const version = (ping.headers.get("x-influxdb-version") ?? "").replace(/^v/, "");
if (!version.startsWith("2.")) throw new Error(`Cannot record "${url}": it calls itself "${version}", not 2.x`);
const folder = values.out ?? `test/fixtures/influxdb-${version}/recorded`;
const { orgs } = await send("GET", `/api/v2/orgs?${new URLSearchParams({ org })}`);
const bucket = await send("POST", "/api/v2/buckets", JSON.stringify({ orgID: orgs[0].id, name: BUCKET, retentionRules: [] }));
try {
  await send("POST", `/api/v2/write?${new URLSearchParams({ org, bucket: BUCKET, precision: "ns" })}`, POINTS.join("\n"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "points.lp"), `${POINTS.join("\n")}\n`);
  await record("influxql", folder);
  await record("flux", folder);
  console.error(`wrote ${folder}`);
} finally {
  await send("DELETE", `/api/v2/buckets/${bucket.id}`);
}
