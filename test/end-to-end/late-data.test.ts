import { appendFileSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HoursReport, PlanReport, RunReport } from "../../src/core/reports.js";
import { reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, type Dialect, scripted } from "../doubles/influx-script.js";
import { findInfluxd, startInfluxdb } from "../servers/influxdb.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, configWith, sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject();
  late("late: 48h");
});
afterEach(() => project.remove());

/** Puts a line into the pipeline. */
function late(line: string): void {
  project.write("config/config.yaml", configWith("3h", line));
}

const run = (...args: string[]) => project.json<RunReport>("run", "pipeline-horario", ...args);
const redone = async () => (await run()).windows.map(({ start, reason, status }) => [start.slice(11, 13), reason, status]);
const samples = async (hour: string) =>
  (await tables(project, `SELECT sum(samples)::INTEGER AS n FROM kpi.kpi_horario WHERE window_start = '2026-01-05 ${hour}:00:00Z'`))[0]?.n;

const POINT = (minute: string, co: number) =>
  `airSensors,sensor_id=TLM0100 co=${co},temperature=71,humidity=35 ${Date.parse(`2026-01-05T02:${minute}:03Z`)}000000\n`;

describe("late points in a folder", () => {
  it("open again just the hours that they belong to, once", async () => {
    await run();
    const before = await samples("02");
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 0.5) + POINT("11", 0.5));
    const plan = await project.json<PlanReport>("plan", "pipeline-horario");
    expect(plan.windows).toEqual([{ start: "2026-01-05T02:00:00Z", end: "2026-01-05T03:00:00Z", reason: "late" }]);
    expect(await redone()).toEqual([["02", "late", "loaded"]]);
    expect(await samples("02")).toBe(Number(before) + 2);
    expect(await redone()).toEqual([]);
  });

  it("are those of the sample, an hour later", async () => {
    await run();
    project.env.KPI_NOW = "2026-01-05T05:10:00Z";
    await project.kpi("sample", "--hours", "4");
    expect(await redone()).toEqual([
      ["03", "late", "loaded"],
      ["04", "due", "loaded"],
    ]);
    expect(await redone()).toEqual([]);
  });

  it("open nothing where nothing changed, also in files that were touched", async () => {
    await run();
    for (const name of readdirSync(join(project.folder, "sample/sensors")))
      utimesSync(join(project.folder, "sample/sensors", name), new Date(), new Date());
    expect(await redone()).toEqual([]);
  });

  it("count once more where a point is there twice, and then no more", async () => {
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 0.5) + POINT("10", 0.5));
    await run();
    expect(await redone()).toEqual([]);
    expect(await redone()).toEqual([]);
  });

  it("may also be points that are gone", async () => {
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 0.5));
    await run();
    const before = await samples("02");
    rmSync(join(project.folder, "sample/sensors/2026-01-05T09.lp"));
    expect(await redone()).toEqual([["02", "late", "loaded"]]);
    expect(await samples("02")).toBe(Number(before) - 1);
  });

  it("that take every point away are refused once, told by every run, and done where somebody allows it", async () => {
    for (const hour of ["01", "02", "03", "04"]) rmSync(join(project.folder, `sample/sensors/2026-01-05T${hour}.lp`));
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 0.5));
    await run();
    expect(await samples("02")).toBe(1);
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 0.5).replace(/ \d+\n/, " 1700000000000000000\n"));
    const refused = await run();
    expect(refused).toMatchObject({ ok: false, windows: [{ reason: "late", status: "refused", error: { code: "ROWS_REFUSED" } }] });
    const again = await run();
    expect(again).toMatchObject({ ok: false, code: 1, windows: [], error: { code: "ROWS_REFUSED" } });
    expect(await samples("02")).toBe(1);
    expect(await run("--allow-empty")).toMatchObject({ ok: true, windows: [{ status: "empty" }] });
    expect(await redone()).toEqual([]);
  });

  it("are left out beyond the time that late gives them, and without it", async () => {
    late("late: 1h");
    await run();
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 0.5));
    expect(await redone()).toEqual([]);
  });

  it("that are overwritten are told by their sums", async () => {
    late("late: { window: 48h, by: sum }");
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 0.5));
    await run();
    expect(await redone()).toEqual([]);
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 0.75));
    expect(await redone()).toEqual([["02", "late", "loaded"]]);
    expect(await redone()).toEqual([]);
  });

  it("that cannot be counted stop nothing, and are told of", async () => {
    await run();
    appendFileSync(join(project.folder, "sample/sensors/2026-01-05T02.lp"), "airSensors,sensor_id=TLM0100 co=,temperature=71\n");
    const report = await run();
    expect(report).toMatchObject({ ok: true, windows: [] });
    expect(report.stderr).toContain("2026-01-05T02.lp");
    const plan = await project.json<PlanReport>("plan", "pipeline-horario");
    expect(plan.warnings?.[0]).toMatch(/^The source of "co" is not counted: .*2026-01-05T02\.lp/);
  });
});

describe("the counts of a server", () => {
  it.each<Dialect>(["influxql", "flux"])("are one question in %s to each shard, whatever the number of hours", async (dialect) => {
    const { type, body } = BODIES[dialect];
    await using double = await startDouble(scripted(dialect, (socket) => void socket.write(reply("200 OK", type, body))));
    project.env.KPI_NOW = "2026-01-01T12:10:00Z";
    project.write(
      "config/config.yaml",
      `connections: { source: { type: influxdb, url: "${double.url}", org: o, token: t, retries: 0 } }
pipelines:
  counted:
    every: 1h
    begin: 96h
    late: 96h
    steps:
      # weeks of shards begin on Mondays, and this goes over one
      points: { extract: influxdb, connection: source, bucket: b, measurement: m, fields: [v] }
      publish: { load: duckdb, from: points, table: points }
`,
    );
    expect(await project.json<RunReport>("run")).toMatchObject({ code: 0, cursor: "2026-01-01T11:00:00Z" });
    const before = double.asked.length;
    expect(await project.json<RunReport>("run")).toMatchObject({ code: 0, windows: [] });
    const asked = double.asked.slice(before).map(({ url, body: text }) => url.searchParams.get("q") ?? text);
    // by InfluxQL wherever a server of version 2 lets us
    expect(asked.filter((query) => query.includes("GROUP BY time"))).toHaveLength(dialect === "influxql" ? 2 : 0);
    expect(asked.filter((query) => query.includes("aggregateWindow"))).toHaveLength(dialect === "flux" ? 2 : 0);
  });
});

describe("a late hour whose check fails", () => {
  it("keeps its rows, is tried again by each run, and is published when its points are mended", async () => {
    await run();
    const published = () => tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY ALL");
    const before = await published();
    project.write(
      "config/config.yaml",
      config("3h", (yaml) =>
        yaml
          .replace("settle: 5m", "settle: 5m\n    late: 48h")
          .replace("table: kpi_horario", "table: kpi_horario, checks: [ { range: { co_max: [0, 50] } } ]"),
      ),
    );
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 900));
    const failed = { start: "2026-01-05T02:00:00Z", reason: "late", status: "failed" };
    for (const _ of ["the first run", "the next"]) {
      const report = await run();
      expect(report).toMatchObject({ code: 65, cursor: "2026-01-05T03:00:00Z", windows: [failed], error: { code: "CHECK_FAILED" } });
      expect(await published()).toEqual(before);
    }
    const plan = await project.json<PlanReport>("plan", "pipeline-horario");
    expect(plan).toMatchObject({ windows: [{ start: failed.start, reason: "late" }], unsettled: [] });
    const { ranges, summary } = await project.json<HoursReport>("hours", "pipeline-horario", "--last", "3");
    expect(ranges.map(({ status, last_attempt_status: last }) => [status, last])).toEqual([
      ["loaded", "loaded"],
      ["late", "failed"],
      ["loaded", "loaded"],
    ]);
    expect(summary).toMatchObject({ loaded: 2, late: 1, failed: 0, missing: 0, last_attempt_failed: 1 });
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 9));
    expect(await redone()).toEqual([["02", "late", "loaded"]]);
    expect((await project.json<HoursReport>("hours", "pipeline-horario", "--last", "3")).summary).toMatchObject({ loaded: 3 });
    expect(await tables(project, "SELECT max(co_max) AS co FROM kpi.kpi_horario")).toEqual([{ co: 9 }]);
  });
});

describe("kpi backfill --rerun late", () => {
  it("does the same for hours of long ago, and of a pipeline without late", async () => {
    late("");
    await run();
    project.write("sample/sensors/2026-01-05T09.lp", POINT("10", 0.5));
    expect(await redone()).toEqual([]);
    const range = ["--from", "2026-01-05T01:00:00Z", "--to", "2026-01-05T04:00:00Z", "--rerun", "late"];
    const report = await project.json<RunReport>("backfill", "pipeline-horario", ...range);
    expect(report.windows.map(({ start, reason }) => [start, reason])).toEqual([["2026-01-05T02:00:00Z", "late"]]);
    expect((await project.json<RunReport>("backfill", "pipeline-horario", ...range)).windows).toEqual([]);
  });
});

describe("lookback", () => {
  it("does the hours before a due one again with it, and none where nothing is due", async () => {
    late("lookback: 2h");
    await run();
    expect(await redone()).toEqual([]);
    project.env.KPI_NOW = "2026-01-05T05:10:00Z";
    await project.kpi("sample", "--hours", "4");
    expect(await redone()).toEqual([
      ["02", "lookback", "loaded"],
      ["03", "lookback", "loaded"],
      ["04", "due", "loaded"],
    ]);
    expect(await redone()).toEqual([]);
  });
});

const influxd = findInfluxd();

describe.skipIf(influxd === null)("late points on a real InfluxDB 1", () => {
  it("open again the hours that got more points or lost some, and those overwritten by their sums, with replies proven or not", {
    timeout: 120_000,
  }, async () => {
    await using server = await startInfluxdb(influxd ?? "");
    await server.execute('CREATE DATABASE "sensors"');
    for (const name of readdirSync(join(project.folder, "sample/sensors")))
      await server.write("sensors", project.read(`sample/sensors/${name}`));
    project.env.INFLUX_URL = server.url;
    late("late: { window: 48h, by: sum }");
    await run();
    expect(await redone()).toEqual([]);
    const before = await samples("02");
    await server.write("sensors", POINT("10", 0.5));
    expect(await redone()).toEqual([["02", "late", "loaded"]]);
    expect(await samples("02")).toBe(Number(before) + 1);
    await server.write("sensors", POINT("10", 0.75));
    expect(await redone()).toEqual([["02", "late", "loaded"]]);
    await server.execute(`DELETE FROM "airSensors" WHERE time = ${Date.parse("2026-01-05T02:10:03Z")}000000`, "sensors");
    expect(await redone()).toEqual([["02", "late", "loaded"]]);
    expect(await samples("02")).toBe(before);
    expect(await redone()).toEqual([]);
    const [sources] = await tables(project, "SELECT sources FROM kpi._kpi.attempts ORDER BY attempt DESC, window_start LIMIT 1");
    expect(JSON.parse(String(sources?.sources)).co.co).toMatchObject({ method: "influxql", count: before, sum: expect.any(Number) });
    await server.write("sensors", POINT("20", 0.5));
    const proven = project
      .read("config/config.yaml")
      .replace("fields: [co, temperature, humidity]", "fields: [co, temperature, humidity], prove: count");
    project.write("config/config.yaml", proven.replace("{ window: 48h, by: sum }", "48h"));
    const range = ["--from", "2026-01-05T01:00:00Z", "--to", "2026-01-05T04:00:00Z", "--rerun", "stale"];
    expect((await project.json<RunReport>("backfill", "pipeline-horario", ...range)).windows).toHaveLength(3);
    expect(await redone()).toEqual([]);
    await server.write("sensors", POINT("21", 0.5));
    expect(await redone()).toEqual([["02", "late", "loaded"]]);
    project.env.INFLUX_URL = "http://127.0.0.1:9";
    expect(await run()).toMatchObject({ ok: false, code: 69, windows: [], error: { code: "SOURCE_UNREACHABLE", step: "co" } });
  });
});
