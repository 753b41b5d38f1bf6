import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CompareReport, VerifyReport } from "../../src/core/verification.js";
import { findInfluxd, startInfluxdb } from "../servers/influxdb.js";
import { removeFolder } from "../support/find-secrets.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";

let project: KpiProject;
beforeAll(async () => {
  project = await sensorProject();
  await project.kpi("run", "pipeline-horario");
});
afterAll(() => project.remove());

const verify = (...args: string[]) => project.json<VerifyReport>("verify", "pipeline-horario", ...args);
const compare = (...args: string[]) => project.json<CompareReport>("verify", "pipeline-horario", "--against", ...args);
const verdicts = ({ windows }: VerifyReport) => windows.map(({ start, verdict }) => [start.slice(11, 13), verdict]);

/** Does something to the warehouse behind kpi's back. */
async function change({ folder }: KpiProject, ...statements: string[]): Promise<void> {
  const instance = await DuckDBInstance.create(`${folder}/data/kpi.duckdb`);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

const POINT = `airSensors,sensor_id=TLM0100 co=0.5,temperature=71,humidity=35 ${Date.parse("2026-01-05T02:10:03Z")}000000\n`;

describe("kpi verify", () => {
  it("finds source, ledger and warehouse the same, hour by hour", async () => {
    const report = await verify();
    expect(report).toMatchObject({ code: 0, ok: true, from: "2026-01-05T01:00:00Z", to: "2026-01-05T04:00:00Z", summary: { same: 3 } });
    const [first] = report.windows;
    expect(first).toMatchObject({ start: "2026-01-05T01:00:00Z", ledger_rows: 8, warehouse_rows: 8, verdict: "same" });
    expect(first?.source_rows).toBe(first?.loaded_source_rows);
    const { stdout } = await project.kpi("verify");
    expect(stdout).toMatch(/^✔ pipeline-horario: 3 windows: 3 the same\n {2}2026-01-05T01:00:00Z → 2026-01-05T04:00:00Z\n$/);
  });

  it("ends with 1 where points came or rows are gone, shows just those hours, and does them again with --fix", async () => {
    project.write("sample/sensors/2026-01-05T09.lp", POINT);
    await change(project, "DELETE FROM kpi_horario WHERE window_start = '2026-01-05 03:00:00Z' AND sensor_id = 'TLM0100'");
    const report = await verify();
    expect(report).toMatchObject({ code: 1, ok: false });
    expect(verdicts(report)).toEqual([
      ["01", "same"],
      ["02", "source_differs"],
      ["03", "warehouse_differs"],
    ]);
    const shown = await project.kpi("verify");
    expect(shown).toMatchObject({ code: 1, stdout: "" });
    expect(shown.stderr).toMatch(/2026-01-05T02:00:00Z +[\d,]+ +[\d,]+ +8 +8 {2}source differs/);
    expect(shown.stderr).not.toMatch(/2026-01-05T01:00:00Z +\d/);
    expect(verdicts(await verify("--from", "2026-01-05T01:00:00Z", "--to", "2026-01-05T02:00:00Z"))).toEqual([["01", "same"]]);
    const fixed = await verify("--fix");
    expect(fixed).toMatchObject({ code: 0, ok: true, summary: { same: 3 }, fixed: { windows: 2 } });
    expect(await project.json("runs", "show", fixed.fixed?.run ?? "")).toMatchObject({ run: { windows: { loaded: 2 } } });
  });

  it("names hours that nobody has processed, and leaves alone what a person has settled", async () => {
    project.env.KPI_NOW = "2026-01-05T06:10:00Z";
    await project.kpi("state", "skip", "pipeline-horario", "2026-01-05T04:00:00Z", "--reason", "off", "--yes");
    const report = await verify("--from", "2026-01-05T04:00:00Z");
    expect(report).toMatchObject({ code: 1, summary: { skipped: 1, missing: 1 } });
    project.env.KPI_NOW = "2026-01-05T04:10:00Z";
  });

  it("refuses a stretch without hours that have settled", async () => {
    expect((await project.kpi("verify", "--from", "2026-02-01")).code).toBe(2);
    expect((await project.kpi("verify", "--key", "a")).code).toBe(2);
    expect((await project.kpi("verify", "--fix", "--against", "legacy")).code).toBe(2);
  });
});

describe("kpi verify --against", () => {
  const KEY = ["--key", "hour,sensor_id"];

  beforeAll(async () => {
    await project.kpi("verify", "--fix");
    await change(
      project,
      "CREATE TABLE legacy AS SELECT window_start AT TIME ZONE 'UTC' AS window_start, sensor_id, co_mean * (1 + 1e-12) AS co_mean, samples::INTEGER AS samples FROM kpi_horario",
    );
  });

  it("takes tables for the same whose numbers are near enough, whatever their types", async () => {
    const report = await compare("legacy", "--key", "window_start,sensor_id");
    expect(report).toMatchObject({ code: 0, ok: true, columns: ["co_mean", "samples"], tolerance: 1e-9, differences: [] });
    expect(report.rows).toEqual({ same: 24, different: 0, only_ours: 0, only_theirs: 0 });
    expect((await compare("legacy", "--key", "window_start,sensor_id", "--tolerance", "0")).rows.different).toBe(24);
  });

  it("tells which rows differ in what, and which only one of the two has", async () => {
    await change(
      project,
      "UPDATE legacy SET samples = 1 WHERE window_start = '2026-01-05 01:00:00' AND sensor_id = 'TLM0100'",
      "DELETE FROM legacy WHERE window_start = '2026-01-05 02:00:00' AND sensor_id = 'TLM0101'",
      "INSERT INTO legacy VALUES ('2026-01-05 02:00:00', 'TLM9999', 1, 1)",
    );
    const report = await compare("main.legacy", "--key", "window_start,sensor_id");
    expect(report).toMatchObject({ code: 1, ok: false, rows: { same: 22, different: 1, only_ours: 1, only_theirs: 1 } });
    expect(report.differences.map(({ key, column, theirs }) => [key.sensor_id, column, theirs])).toEqual([
      ["TLM0100", "samples", 1],
      ["TLM0101", null, false],
      ["TLM9999", null, true],
    ]);
    const { stderr } = await project.kpi("verify", "--against", "legacy", "--key", "window_start,sensor_id");
    expect(stderr).toContain("22 rows the same, 1 different, 1 only in kpi_horario, 1 only in legacy");
    const hour = ["--from", "2026-01-05T03:00:00Z", "--to", "2026-01-05T04:00:00Z"];
    expect(await compare("legacy", "--key", "window_start,sensor_id", ...hour)).toMatchObject({ ok: true, rows: { same: 8 } });
  });

  it("asks for a key that fits, and says which may be meant", async () => {
    const { code, stderr } = await project.kpi("verify", "--against", "legacy");
    expect(code).toBe(2);
    expect(stderr).toContain("--key window_start,sensor_id");
    expect((await project.kpi("verify", "--against", "legacy", ...KEY)).code).toBe(2);
    expect((await project.kpi("verify", "--against", "legacy", "--key", "sensor_id")).stderr).toContain("rows that share it");
    expect((await project.kpi("verify", "--against", "nothing", "--key", "sensor_id")).code).toBe(2);
  });
});

describe("kpi verify --against over adopted hours", () => {
  it("compares what the other program left there with what a backfill makes of it", async () => {
    const adopting = await sensorProject();
    try {
      await adopting.kpi("run", "pipeline-horario");
      await change(adopting, "CREATE TABLE legacy AS SELECT * FROM kpi_horario", "DROP TABLE kpi_horario", "DROP SCHEMA _kpi CASCADE");
      removeFolder(join(adopting.folder, ".kpi"));
      await adopting.kpi("state", "reset", "--from", "2026-01-05T01:00:00Z", "--yes");
      await adopting.kpi("state", "set", "2026-01-05T02:00:00Z", "--adopt", "--yes");
      await adopting.kpi("run", "pipeline-horario");
      const against = () => adopting.json<CompareReport>("verify", "--against", "legacy", "--key", "window_start,sensor_id");
      expect(await against()).toMatchObject({ code: 1, rows: { same: 8, different: 0, only_ours: 0, only_theirs: 16 } });
      expect(await adopting.json("verify")).toMatchObject({ code: 0, summary: { adopted: 2, same: 1 } });
      const adopted = ["--from", "2026-01-05T01:00:00Z", "--to", "2026-01-05T03:00:00Z", "--rerun", "all"];
      await adopting.kpi("backfill", "pipeline-horario", ...adopted);
      expect(await against()).toMatchObject({ code: 0, rows: { same: 24, different: 0, only_ours: 0, only_theirs: 0 } });
    } finally {
      adopting.remove();
    }
  });
});

describe("a window that cannot be compared", () => {
  it("is unknown where its source cannot count", async () => {
    const influxql = "SELECT co FROM airSensors WHERE time >= $window_start AND time < $window_end";
    const influxd = findInfluxd();
    if (influxd === null) return;
    const raw = await sensorProject();
    await using server = await startInfluxdb(influxd);
    try {
      await server.execute('CREATE DATABASE "sensors"');
      await server.write("sensors", raw.read("sample/sensors/2026-01-05T02.lp"));
      raw.env.INFLUX_URL = server.url;
      raw.write(
        "config/config.yaml",
        config("2h", (yaml) =>
          yaml
            .replace(/co: .*\n/, `co: { extract: influxdb, connection: influx, bucket: sensors, influxql: "${influxql}" }\n`)
            .replace(/ {6}clean: .*\n {6}kpi: .*\n/, "")
            .replace("from: kpi", "from: co")
            .replace("settle: 5m", "settle: 5m\n    late: 48h"),
        ),
      );
      expect(await raw.json("run")).toMatchObject({ ok: true });
      expect(await raw.json("run")).toMatchObject({ ok: true, windows: [] });
      expect(await raw.json("verify")).toMatchObject({ code: 0, ok: true, summary: { unknown: 2 } });
    } finally {
      raw.remove();
    }
  });
});
