import { spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DoctorReport, Finding } from "../../src/core/finding.js";
import { reply, startDouble } from "../doubles/influx-double.js";
import { findInfluxd, startInfluxdb } from "../servers/influxdb.js";
import { findDatafusion, startInfluxdb3 } from "../servers/influxdb3.js";
import { openJsonServer } from "../support/json-server.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";
import { TEST_SECRETS } from "../support/test-secrets.js";

const influxd = findInfluxd();
const python = findDatafusion();
let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject({ hours: 1 });
});
afterEach(() => project.remove());

const examine = (...flags: string[]) => project.json<DoctorReport>("doctor", ...flags);

function about(report: DoctorReport, what: Finding["about"]): Finding[] {
  return report.findings.filter((finding) => finding.about === what);
}

/** Rewrites the connection's settings, which stand in one line of the file. */
function connect(settings: string): void {
  const line = `  influx: { type: influxdb, retries: 0, ${settings} }`;
  project.write(
    "config/config.yaml",
    config("3h", (yaml) => yaml.replace(/^ {2}influx: .*$/m, () => line)),
  );
}

describe("kpi doctor", () => {
  it("finds nothing wrong where nothing is, and leaves nothing behind", async () => {
    const fresh = await examine();
    expect(fresh).toMatchObject({ schema_version: 1, ok: true, offline: false, code: 0, stderr: "" });
    expect(fresh.findings.map(({ about: what, name, level }) => [what, name, level])).toEqual([
      ["node", null, "ok"],
      ["config", null, "ok"],
      ["connection", "influx", "ok"],
      ["warehouse", join(project.folder, "data/kpi.duckdb"), "ok"],
      ["warehouse", join(project.folder, "data/kpi.duckdb"), "ok"],
      ["state", "file", "ok"],
    ]);
    expect(about(fresh, "warehouse")[0]?.message).toBe("is not there yet: the first run makes it");
    expect(existsSync(join(project.folder, "data"))).toBe(false);
    expect((await project.kpi("run")).code).toBe(0);
    const before = await project.json("show");
    expect(about(await examine(), "warehouse")[0]).toMatchObject({ level: "ok", message: "opens and can be written" });
    expect(await project.json("show")).toEqual(before);
    expect(readdirSync(join(project.folder, ".kpi/tmp"))).toEqual([]);
    expect(await project.json("state", "show")).toMatchObject({ last_processed_hour: "2026-01-05T03:00:00Z" });
  });

  it("shows a person a list, each finding with what to do, on stdout whatever the exit status", async () => {
    connect('url: "http://127.0.0.1:9"');
    const { code, stdout, stderr } = await project.kpi("doctor");
    expect({ code, stderr }).toEqual({ code: 69, stderr: "" });
    expect(stdout).toMatch(/^✓ node: Node \d+\.\d+\.\d+ on /m);
    expect(stdout).toMatch(/^✗ connection influx: Cannot read "influx" at "http:\/\/127.0.0.1:9": .* \(SOURCE_UNREACHABLE\)\n {4}\S/m);
    expect(stdout).toMatch(/\n1 error, 0 warnings\n$/);
  });

  it("tells every error of the configuration, and ends with 78", async () => {
    project.write("config/config.yaml", `pipelines: 1\nnothing: 2\nstate: { name: "\${NONE}" }\n`);
    const report = await examine();
    expect(report).toMatchObject({ ok: false, code: 78 });
    expect(about(report, "config").map(({ message }) => message)).toEqual([
      expect.stringContaining("config/config.yaml:1:12 "),
      expect.stringContaining('config/config.yaml:2:1 Unknown key "nothing"'),
      expect.stringContaining("the variable NONE is not set"),
    ]);
    expect(report.findings.every(({ level, hint }) => (level === "ok") === (hint === null))).toBe(true);
    expect(await examine("--config", "none.yaml")).toMatchObject({ code: 78, findings: [{}, { code: "CONFIG_NOT_FOUND" }] });
  });

  it("asks no other machine with --offline", async () => {
    await using server = await openJsonServer();
    project.env.PREFECT_API_URL = `${server.url}/api`;
    connect(`url: "${server.url}", token: "\${prefect:secret/a}"`);
    const report = await examine("--offline");
    expect(report).toMatchObject({ ok: true, offline: true, code: 0 });
    expect(report.findings.map(({ about: what }) => what)).toEqual(["node", "config", "warehouse", "warehouse", "state"]);
    expect(server.asked).toEqual([]);
    const store = `state:     { store: prefect, api_url: "${server.url}/api" }`;
    project.write(
      "config/config.yaml",
      config("3h", (yaml) => yaml.replace(/^state: .*$/m, store)),
    );
    const local = await examine("--offline");
    expect(about(local, "connection")).toMatchObject([{ level: "ok", message: expect.stringMatching(/^\d+ files in /) }]);
    expect(about(local, "state")).toEqual([]);
    project.write(
      "config/config.yaml",
      config("3h", (yaml) => yaml.replace(/^state: .*$/m, `${store}\nstores: { spare: { store: file, path: spare } }`)),
    );
    expect(about(await examine("--offline"), "state")).toMatchObject([{ name: "spare", level: "ok" }]);
    expect(server.asked).toEqual([]);
  });

  it("says which secrets are set, never to what", async () => {
    project.env.INFLUX_TOKEN = TEST_SECRETS.hidden;
    project.env.EMPTY_PASSWORD = "";
    // biome-ignore lint/suspicious/noTemplateCurlyInString: references, as they are written in the file
    connect('url: "file:sample", token: "${INFLUX_TOKEN}", org: "${file:none:-}", username: "${EMPTY_PASSWORD}"');
    expect(about(await examine(), "secret").map(({ name, level, message }) => [name, level, message])).toEqual([
      ["INFLUX_TOKEN", "ok", "is set"],
      ["file:none", "ok", "is not set: the default of the configuration stands for it"],
      ["EMPTY_PASSWORD", "warning", "is empty"],
    ]);
  });

  it("warns of clocks that are apart", async () => {
    await using server = await openJsonServer();
    server.answer((_, response) => {
      response.setHeader("date", new Date(Date.now() - 600_000).toUTCString());
      return {};
    });
    const web = `connections:\n  web: { type: http, url: "${server.url}" }\n`;
    project.write(
      "config/config.yaml",
      config("3h", (yaml) => yaml.replace("connections:\n", web)),
    );
    const report = await examine();
    expect(report).toMatchObject({ ok: true, code: 0 });
    expect(about(report, "connection").filter(({ name }) => name === "web")).toMatchObject([
      { level: "ok", message: `answers 200 at ${server.url}` },
      { level: "warning", message: expect.stringMatching(/^This machine's clock is (600|601) s ahead of its clock$/) },
    ]);
  });
});

describe("kpi doctor over InfluxDB", () => {
  it.skipIf(influxd === null)("tells what a real 1.6.7 lets its users read", { timeout: 60_000 }, async () => {
    process.env.INFLUXDB_HTTP_AUTH_ENABLED = "true";
    const server = await startInfluxdb(influxd ?? "").finally(() => {
      delete process.env.INFLUXDB_HTTP_AUTH_ENABLED;
    });
    await using _ = server;
    const root = { u: "root", p: "root-word" };
    for (const statement of [
      "CREATE USER root WITH PASSWORD 'root-word' WITH ALL PRIVILEGES",
      "CREATE DATABASE sensors",
      "CREATE USER reader WITH PASSWORD 'reader-word'",
      "GRANT READ ON sensors TO reader",
      "CREATE USER nobody WITH PASSWORD 'nobody-word'",
    ])
      await server.execute(statement, "", root);
    connect(`url: "${server.url}", username: "\${WHO}", password: "\${THE_PASSWORD}"`);
    const as = (who: string, password: string) => {
      Object.assign(project.env, { WHO: who, THE_PASSWORD: password });
      return examine();
    };
    const good = await as("reader", "reader-word");
    expect(good.code).toBe(0);
    expect(about(good, "connection").map(({ level, message }) => [level, message])).toEqual([
      ["ok", `InfluxDB 1.6.7~rc0 at ${server.url}`],
      ["ok", 'bucket "sensors" may be read'],
    ]);
    const without = await as("nobody", "nobody-word");
    expect(without.code).toBe(78);
    expect(about(without, "connection")[1]).toMatchObject({
      code: "SOURCE_NOT_FOUND",
      message: 'Cannot read bucket "sensors" of "influx": it does not exist, or may not be read',
      hint: expect.stringContaining("right to read"),
    });
    expect(await as("reader", "wrong-word")).toMatchObject({ code: 77, ok: false });
  });

  it("tells of a 2.x that a token without the right says the same of a bucket as of none", async () => {
    const json = (status: string, body: object) =>
      reply(status, "application/json", JSON.stringify(body), { Date: new Date().toUTCString() });
    await using server = await startDouble((socket, { url, headers }) => {
      const known = headers.authorization === "Token right-token" || headers.authorization === "Token blind-token";
      const names = headers.authorization === "Token right-token" ? ["sensors", "other"] : [];
      if (url.pathname === "/ping") socket.write(reply("204 No Content", "text/plain", ""));
      else if (!known) socket.write(json("401 Unauthorized", { code: "unauthorized", message: `${headers.authorization} is no token` }));
      else if (url.pathname === "/query")
        socket.write(json("200 OK", { results: [{ statement_id: 0, error: "database not found: sensors" }] }));
      else if (url.pathname === "/api/v2/query")
        socket.write(json("404 Not Found", { code: "not found", message: 'could not find bucket "sensors"' }));
      else socket.write(json("200 OK", { buckets: names.map((name) => ({ name, retentionRules: [] })) }));
    });
    connect(`url: "${server.url}", org: plant, token: "\${THE_TOKEN}"`);
    const codes: unknown[] = [];
    for (const token of ["right-token", "blind-token", "wrong-token"]) {
      project.env.THE_TOKEN = token;
      const report = await examine();
      codes.push([report.code, about(report, "connection").map(({ code }) => code)]);
    }
    expect(codes).toEqual([
      [0, [null, null]],
      [78, [null, "SOURCE_NOT_FOUND"]],
      [77, ["CREDENTIALS_REFUSED"]],
    ]);
  });

  it.skipIf(python === null)("knows a 3 and its databases", { timeout: 60_000 }, async () => {
    await using server = await startInfluxdb3(python ?? "");
    await server.write("sensors", "airSensors,sensor_id=a co=1.5 1767261600000000000");
    connect(`url: "${server.url}", token: secret`);
    const found = about(await examine(), "connection");
    expect(found.map(({ level, message }) => [level, message])).toEqual([
      ["ok", `InfluxDB 3.10.1 at ${server.url}`],
      ["ok", 'bucket "sensors" may be read'],
    ]);
    for (const version of ["", ", version: 3"]) {
      connect(`url: "${server.url}", token: wrong-word-of-nobody${version}`);
      const refused = await examine();
      expect(refused).toMatchObject({ ok: false, code: 77 });
      expect(about(refused, "connection")).toMatchObject([{ code: "CREDENTIALS_REFUSED", hint: expect.stringContaining("Check token") }]);
    }
  });

  it("says what answers there that is no InfluxDB", async () => {
    await using server = await openJsonServer();
    connect(`url: "${server.url}"`);
    expect(await examine()).toMatchObject({ code: 69, ok: false });
  });
});

describe("kpi doctor over a warehouse", () => {
  it("ends with 75 and the holder where another process holds it, and does it no harm", async () => {
    expect((await project.kpi("run")).code).toBe(0);
    const open = `import("@duckdb/node-api").then(async ({ DuckDBInstance }) => { globalThis.held = await DuckDBInstance.create(${JSON.stringify(join(project.folder, "data/kpi.duckdb"))}); console.log("held"); setInterval(() => {}, 1000); })`;
    const holder = spawn(process.execPath, ["-e", open], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((held) => holder.stdout.once("data", held));
    const held = await examine();
    project.write("config/config.yaml", project.read("config/config.yaml").replace("store: file, path: .kpi/state", "store: duckdb"));
    const both = await examine();
    holder.kill();
    await new Promise((ended) => holder.once("exit", ended));
    expect(held).toMatchObject({ ok: false, code: 75 });
    expect(about(held, "warehouse")).toMatchObject([{ code: "WAREHOUSE_HELD", message: expect.stringContaining(String(holder.pid)) }]);
    expect(about(held, "state")).toMatchObject([{ level: "ok" }]);
    expect(about(both, "state")).toMatchObject([{ code: "WAREHOUSE_HELD" }]);
    expect(await examine()).toMatchObject({ ok: true, code: 0 });
  });

  it("ends with 78 where its path holds something else, which stays as it is", async () => {
    const text = "I am a letter, and not a database. ".repeat(300);
    project.write("data/kpi.duckdb", text);
    const report = await examine();
    expect(report).toMatchObject({ ok: false, code: 78 });
    expect(about(report, "warehouse")).toMatchObject([{ code: "WAREHOUSE_INVALID", hint: expect.stringContaining("move the file away") }]);
    expect(project.read("data/kpi.duckdb")).toBe(text);
  });

  it("ends with 74 where nothing may be written", async () => {
    for (const folder of [".kpi", ".kpi/tmp", "data"]) mkdirSync(join(project.folder, folder), { recursive: true });
    chmodSync(project.folder, 0o755);
    if (process.getuid?.() === 0) {
      for (const folder of [".kpi", ".kpi/tmp"]) chownSync(join(project.folder, folder), 65534, 65534);
      project.wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    } else chmodSync(join(project.folder, "data"), 0o555);
    const report = await examine();
    expect(report).toMatchObject({ ok: false, code: 74 });
    expect(about(report, "warehouse")).toMatchObject([
      { code: "CANNOT_WRITE", message: `Cannot write into the folder "${join(project.folder, "data")}": EACCES` },
    ]);
  });
});
