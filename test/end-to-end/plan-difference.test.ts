import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PlanReport } from "../../src/core/reports.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject();
});
afterEach(() => project.remove());

const STRETCH = ["--from", "2026-01-05T01:00:00Z", "--to", "2026-01-05T04:00:00Z"];
const configure = (changes: (yaml: string) => string) => project.write("config/config.yaml", config("3h", changes));
const plan = (...args: string[]) => project.json<PlanReport>("plan", "pipeline-horario", "--diff", ...args);
const again = (...args: string[]) =>
  project.json<PlanReport>("backfill", "pipeline-horario", ...STRETCH, "--rerun", "all", "--dry-run", "--diff", ...args);

/** The only table's difference. */
function only({ difference }: PlanReport) {
  const [table] = difference?.tables ?? [];
  if (table === undefined || difference?.tables.length !== 1) throw new Error("not one table");
  return table;
}

/** Everything in the project that a person could look at, caches aside: each file's path, time and bytes. */
function everything(folder = project.folder): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, parentPath } of readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())) {
    const path = join(parentPath, name);
    if (!path.includes(".kpi/cache/")) found[path] = `${statSync(path).mtimeMs} ${readFileSync(path).toString("base64")}`;
  }
  return found;
}

describe("kpi plan --diff", () => {
  it("has only new rows to show where there is no warehouse yet, and makes none", async () => {
    const report = await plan();
    expect(report).toMatchObject({ code: 0, ok: true, stderr: "" });
    const difference = only(report);
    expect(difference).toMatchObject({ step: "publish", table: "kpi_horario", exists: false, key: ["window_start", "sensor_id"] });
    expect(difference.rows).toEqual({ same: 0, added: 24, changed: 0, removed: 0 });
    expect(difference.differences[0]).toMatchObject({
      kind: "added",
      key: { window_start: "2026-01-05T01:00:00Z", sensor_id: "TLM0100" },
      values: { samples: { old: null, new: 360, change: null } },
    });
    expect(report.difference?.windows.map(({ status, rows }) => [status, rows])).toEqual([
      ["loaded", 8],
      ["loaded", 8],
      ["loaded", 8],
    ]);
    expect(existsSync(join(project.folder, "data"))).toBe(false);
    expect(existsSync(join(project.folder, ".kpi/runs"))).toBe(false);
    expect(readdirSync(join(project.folder, ".kpi/tmp"))).toEqual([]);
  });

  it("shows what is due beside what is published, and touches nothing of it", async () => {
    await project.kpi("run", "--max-windows", "2");
    const before = everything();
    const report = await plan("--detailed-exitcode");
    expect(report).toMatchObject({ code: 10, windows: [{ start: "2026-01-05T03:00:00Z", reason: "due" }] });
    expect(only(report).rows).toEqual({ same: 0, added: 8, changed: 0, removed: 0 });
    expect(everything()).toEqual(before);
  });

  it("says that nothing is due where nothing is", async () => {
    await project.kpi("run");
    expect(only(await plan()).rows).toEqual({ same: 0, added: 0, changed: 0, removed: 0 });
    expect((await project.kpi("plan", "--diff")).stdout).not.toContain("would change");
  });

  it("shows what is done again for late points, from which values to which", async () => {
    configure((yaml) => yaml.replace("settle: 5m", "settle: 5m\n    late: 48h"));
    await project.kpi("run");
    project.write(
      "sample/sensors/late.lp",
      `airSensors,sensor_id=TLM0100 co=9.5,temperature=71,humidity=35 ${Date.parse("2026-01-05T02:10:03Z")}000000\n`,
    );
    const difference = only(await plan());
    expect(difference.rows).toEqual({ same: 7, added: 0, changed: 1, removed: 0 });
    const [row] = difference.differences;
    expect(row).toMatchObject({ kind: "changed", key: { window_start: "2026-01-05T02:00:00Z", sensor_id: "TLM0100" } });
    expect(row?.values.samples).toEqual({ old: 360, new: 361, change: 1 });
    expect(row?.values.co_max).toMatchObject({ new: 9.5, change: 9.5 - Number(row?.values.co_max?.old) });
    expect((await project.kpi("plan", "--diff")).stdout).toMatch(/2026-01-05T02:00:00Z +TLM0100 +samples +360 → 361 +\+1\n/);
  });

  it("compares with a table that others made, waits for nobody, and tells of one that it cannot publish to", async () => {
    project.write("data/none", "");
    const instance = await DuckDBInstance.create(join(project.folder, "data/kpi.duckdb"));
    const connection = await instance.connect();
    for (const statement of [
      "CREATE TABLE legacy (hour TIMESTAMP, sensor_id VARCHAR, samples BIGINT, note VARCHAR, day DATE)",
      "INSERT INTO legacy SELECT hour, 'TLM0100', 1, 'by hand', hour FROM (VALUES (TIMESTAMP '2026-01-05 00:00'), ('2026-01-05 01:00')) AS v(hour)",
    ])
      await connection.run(statement);
    configure((yaml) => yaml.replace("table: kpi_horario", "table: legacy, window_column: hour"));
    expect(await plan()).toMatchObject({ code: 75, ok: false, error: { code: "WAREHOUSE_HELD" } });
    connection.closeSync();
    instance.closeSync();
    const difference = only(await plan("--key", "hour,sensor_id"));
    expect(difference).toMatchObject({ exists: true, rows: { same: 0, added: 23, changed: 1, removed: 0 } });
    expect(difference.differences[0]).toMatchObject({
      kind: "changed",
      key: { hour: "2026-01-05T01:00:00Z", sensor_id: "TLM0100" },
      values: { samples: { old: 1, new: 360, change: 359 }, note: { old: "by hand", new: null, change: null } },
    });
    configure((yaml) => yaml.replace("table: kpi_horario", "table: legacy, window_column: day"));
    expect((await plan()).difference?.windows.map(({ error }) => error?.code)).toEqual(["SCHEMA_DRIFT", "SCHEMA_DRIFT", "SCHEMA_DRIFT"]);
  });

  it("refuses a workflow, and a key or a tolerance without it", async () => {
    const made = "      made: { extract: manual_input, rows: [{ n: 1 }] }\n      out: { load: duckdb, from: made, table: made }\n";
    configure((yaml) => `${yaml}  once:\n    steps:\n${made}`);
    const refused = await project.kpi("plan", "once", "--diff");
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain("a workflow has no windows");
    expect((await project.kpi("plan", "pipeline-horario", "--key", "sensor_id")).code).toBe(2);
    expect((await project.kpi("backfill", "pipeline-horario", ...STRETCH, "--diff")).code).toBe(2);
  });

  it("ends like a run where the source is not there", async () => {
    project.env.INFLUX_URL = "http://127.0.0.1:9";
    const { code, stdout } = await project.kpi("plan", "--diff", "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([69, { ok: false, error: { code: "SOURCE_UNREACHABLE" } }]);
  });
});

describe("kpi backfill --dry-run --diff", () => {
  beforeEach(async () => {
    await project.kpi("run");
  });

  it("shows what a changed pipeline would make of hours that are loaded, before it does; plan says how", async () => {
    configure((yaml) => yaml.replace("co >= 0", "co >= 0 and sensor_id <> 'TLM0100'").replace("count(co)", "sum(co)"));
    const [, command = ""] = /What would change: kpi (.*)\n/.exec((await project.kpi("plan")).stdout) ?? [];
    expect(command).toBe(`backfill pipeline-horario ${STRETCH.join(" ")} --rerun stale --dry-run --diff`);
    const before = everything();
    const report = await project.json<PlanReport>(...command.split(" "));
    expect(everything()).toEqual(before);
    const difference = only(report);
    expect(difference.rows).toEqual({ same: 0, added: 0, changed: 21, removed: 3 });
    expect(difference.columns).toEqual({ added: [], changed: [{ name: "samples", old: "BIGINT", new: "DOUBLE" }] });
    expect(difference.values.map(({ column, rows }) => [column, rows])).toEqual([["samples", 21]]);
    expect(difference.differences[0]).toMatchObject({ kind: "removed", key: { sensor_id: "TLM0100" }, values: { samples: { new: null } } });
    const shown = (await project.kpi(...command.split(" "))).stdout;
    expect(shown).toContain("kpi_horario: 0 rows added, 21 changed, 3 removed, 0 the same");
    expect(shown).toContain("column samples: BIGINT → DOUBLE");
    await project.kpi(...command.split(" ").slice(0, -2));
    expect(only(await again()).rows).toEqual({ same: 21, added: 0, changed: 0, removed: 0 });
  });

  it("shows a new column as a change from nothing", async () => {
    configure((yaml) => yaml.replace("samples: count(co)", "samples: count(co), wettest: max(humidity)"));
    const difference = only(await again());
    expect(difference.columns.added).toEqual([{ name: "wettest", type: "DOUBLE" }]);
    expect(difference.rows.changed).toBe(24);
    expect(difference.differences[0]?.values).toEqual({ wettest: { old: null, new: expect.any(Number), change: null } });
  });

  it("tells which windows would fail, by a check or by a table that may not change, and compares the others", async () => {
    configure((yaml) => yaml.replace("table: kpi_horario", "table: kpi_horario, checks: [ { range: { co_max: [0, 1.1] } } ]"));
    const report = await again("--newest-first");
    expect(report.code).toBe(0);
    expect(report.difference?.windows.map(({ start, status }) => `${start.slice(11, 13)} ${status}`).sort()).toEqual([
      "01 loaded",
      "02 loaded",
      "03 failed",
    ]);
    expect(only(report).rows).toEqual({ same: 24, added: 0, changed: 0, removed: 0 });
    expect(existsSync(join(project.folder, ".kpi/runs", "checks"))).toBe(false);
    const { stdout } = await project.kpi("backfill", ...STRETCH, "--rerun", "all", "--dry-run", "--diff");
    expect(stdout).toMatch(/✖ 2026-01-05T03:00:00Z: Cannot accept "kpi": 1 of 8 rows fail range of "co_max" \[0, 1.1\] \(CHECK_FAILED\)/);
    configure((yaml) => yaml.replace("table: kpi_horario", "table: kpi_horario, on_drift: freeze").replace("count(co)", "sum(co)"));
    expect((await again()).difference?.windows.map(({ error }) => error?.code)).toEqual(["SCHEMA_DRIFT", "SCHEMA_DRIFT", "SCHEMA_DRIFT"]);
  });

  it("looks at each table by itself, merged ones by their key, and writes no file", async () => {
    const more = `      newest:  { load: duckdb, from: kpi, table: plant.newest, mode: merge, key: [sensor_id] }
      file:    { load: output, from: kpi, path: "out/{window}.csv" }
`;
    configure((yaml) => yaml + more);
    const before = everything();
    const report = await again();
    expect(everything()).toEqual(before);
    const [hourly, newest] = report.difference?.tables ?? [];
    expect(hourly?.rows).toEqual({ same: 24, added: 0, changed: 0, removed: 0 });
    expect(newest).toMatchObject({ table: "plant.newest", exists: false, key: ["sensor_id"], rows: { added: 8 } });
    expect(report.difference?.left_out).toEqual(["file"]);
    await project.kpi("backfill", ...STRETCH, "--rerun", "all");
    configure((yaml) => (yaml + more).replace("co >= 0", "co >= 0 and (sensor_id <> 'TLM0100' or time < '2026-01-05 03:00:00Z')"));
    const merged = (await again()).difference?.tables[1];
    expect(merged?.rows).toEqual({ same: 7, added: 0, changed: 1, removed: 0 });
    expect(merged?.differences[0]?.values.window_start).toMatchObject({ old: "2026-01-05T03:00:00Z", new: "2026-01-05T02:00:00Z" });
  });

  it("refuses a key that the table has not, or that its rows share", async () => {
    expect((await again("--key", "nothing")).code).toBe(2);
    const refused = await again("--key", "window_start");
    expect(refused).toMatchObject({ code: 2, error: { code: "USAGE" } });
    expect(only(await again("--key", "sensor_id,window_start"))).toMatchObject({ key: ["sensor_id", "window_start"], rows: { same: 24 } });
  });
});
