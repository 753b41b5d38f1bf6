import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, NOW, sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject({ hours: 3, begin: "3h" });
});
afterEach(() => project.remove());

const run = (...args: string[]) => project.json<RunReport>("run", "pipeline-horario", ...args);
const outcomes = ({ windows }: RunReport) => windows.map(({ start, status }) => `${start.slice(11, 13)} ${status}`);
const publishedHours = () =>
  tables(project, "SELECT DISTINCT strftime(window_start, '%H') AS hour FROM kpi.kpi_horario ORDER BY hour").then((rows) =>
    rows.map(({ hour }) => hour),
  );

/** Adds checks to a step, and the line-protocol lines of a point to the source. */
function check(step: "co" | "kpi" | "publish", checks: string, changes: (yaml: string) => string = (yaml) => yaml): void {
  const at = { co: "temperature, humidity]", kpi: "samples: count(co) }", publish: "table: kpi_horario" }[step];
  project.write(
    "config/config.yaml",
    config("3h", (yaml) => changes(yaml.replace(at, `${at}, checks: ${checks}`))),
  );
}

function addPoint(hour: string, co: number): void {
  const time = BigInt(Date.parse(`2026-01-05T${hour}:30:00.5Z`)) * 1_000_000n;
  project.write(`sample/sensors/extra-${hour}.lp`, `airSensors,sensor_id=BROKEN co=${co} ${time}\n`);
}

describe("a check of severity error", () => {
  it("fails just its window in the middle of a span, publishes nothing of it, and names the file with its rows", async () => {
    check("publish", "[ { not_null: [sensor_id] }, { range: { co_mean: [0, 50] } } ]");
    addPoint("02", 900);
    const report = await run();
    expect(report).toMatchObject({ code: 1, ok: false, cursor: "2026-01-05T01:00:00Z" });
    expect(outcomes(report)).toEqual(["01 loaded", "02 failed", "03 loaded"]);
    expect(await publishedHours()).toEqual(["01", "03"]);
    const error = report.windows[1]?.error;
    expect(error).toMatchObject({ code: "CHECK_FAILED", step: "publish", window: "2026-01-05T02:00:00Z" });
    const [, path = ""] =
      /Cannot accept "kpi": 1 of 9 rows fail range of "co_mean" \[0, 50\]; they are kept in "(.*)"/.exec(error?.message ?? "") ?? [];
    expect(path).toMatch(new RegExp(`^\\.kpi/runs/${report.run}/`));
    expect(JSON.parse(project.read(path))).toMatchObject({ sensor_id: "BROKEN", co_mean: 900 });
    const [attempt] = await tables(project, "SELECT error_code, rows FROM kpi._kpi.attempts WHERE status = 'failed'");
    expect(attempt).toEqual({ error_code: "CHECK_FAILED", rows: null });
  });

  it("is mended by mending the step: the next run does the window that failed, and no other", async () => {
    check("publish", "[ { range: { co_mean: [0, 50] } } ]");
    addPoint("02", 900);
    await run();
    check("publish", "[ { range: { co_mean: [0, 50] } } ]", (yaml) => yaml.replace("co >= 0", "co between 0 and 50"));
    const report = await run();
    expect(outcomes(report)).toEqual(["02 loaded"]);
    expect(report).toMatchObject({ code: 0, cursor: "2026-01-05T03:00:00Z" });
  });

  it("keeps a window's earlier rows where it is done again and fails", async () => {
    await run();
    const before = await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY ALL");
    check("kpi", "[ { expression: co_mean < 0 } ]");
    const again = await project.json<RunReport>(
      ...["backfill", "pipeline-horario", "--from", "2026-01-05T01:00:00Z", "--to", "2026-01-05T04:00:00Z", "--rerun", "all"],
    );
    expect(outcomes(again)).toEqual(["01 failed", "02 failed", "03 failed"]);
    expect(await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY ALL")).toEqual(before);
  });

  it("on an extractor keeps the window's points away from the steps", async () => {
    check("co", "[ { range: { co: [null, 50] } } ]", (yaml) =>
      yaml.replace("co >= 0", "(case when co > 50 then error('seen') else true end)"),
    );
    addPoint("03", 900);
    const report = await run();
    expect(outcomes(report)).toEqual(["01 loaded", "02 loaded", "03 failed"]);
    expect(report.windows[2]?.error).toMatchObject({ code: "CHECK_FAILED", step: "co" });
  });

  it("holds for fresh and whole hours, and for values found in another step's relation", async () => {
    const relation = "{ relationship: { columns: [sensor_id], step: co } }";
    check(
      "kpi",
      `[ { unique: [sensor_id] }, { row_count: { min: 8, max: 8 } }, ${relation}, { accepted_values: { samples: [7] }, severity: warn } ]`,
    );
    expect(await run()).toMatchObject({ code: 0, ok: true });
    addPoint("02", 1);
    const again = await project.json<RunReport>(
      ...["backfill", "pipeline-horario", "--from", "2026-01-05T02:00:00Z", "--to", "2026-01-05T03:00:00Z", "--rerun", "all"],
    );
    expect(again.windows[0]?.error?.message).toBe('Cannot accept "kpi": it has 9 rows, 8 to 8 are wanted');
  });

  it("tells an hour whose newest point is too old", async () => {
    check("co", "[ { freshness: { time: 1ms } } ]");
    const report = await run();
    expect(outcomes(report)).toEqual(["01 failed", "02 failed", "03 failed"]);
    expect(report.error).toMatchObject({
      code: "CHECK_FAILED",
      message: expect.stringMatching(/^Cannot accept "co": its newest "time" is 2026-01-05T01:59/),
    });
    expect(existsSync(join(project.folder, "data/kpi.duckdb"))).toBe(true);
    expect(await tables(project, "SELECT 1 FROM duckdb_tables() WHERE database_name = 'kpi' AND table_name = 'kpi_horario'")).toEqual([]);
  });

  it("of a workflow stops it before it publishes", async () => {
    project.write(
      "config/pipelines/once.yaml",
      `steps:
  numbers: { extract: manual_input, rows: [ { n: 1 }, { n: 1 } ], checks: [ { unique: [n] } ] }
  publish: { load: duckdb, from: numbers, table: numbers }
`,
    );
    const report = await project.json<RunReport>("run", "once");
    expect(report).toMatchObject({ code: 65, ok: false, error: { code: "CHECK_FAILED", step: "numbers" } });
    expect(report.error?.message).toContain('2 of 2 rows fail unique of "n"');
  });
});

describe("a check of severity warn", () => {
  it("tells of each kind what it found", async () => {
    const kinds = [
      ["not_null: [n]", "1 of 4 rows fail not_null"],
      ["unique: [n]", "2 of 4 rows fail unique"],
      ["accepted_values: { n: [1, 2] }", "1 of 4 rows fail accepted_values"],
      ["range: { n: [null, 5] }", "1 of 4 rows fail range"],
      ["expression: n < 5", "1 of 4 rows fail expression"],
      ["relationship: { columns: [n], step: known, to: [id] }", "1 of 4 rows fail relationship"],
      ["row_count: { max: 3 }", "it has 4 rows, at most 3 are wanted"],
    ] as const;
    const checks = kinds.map(([kind]) => `{ ${kind}, severity: warn }`).join(", ");
    project.write(
      "config/pipelines/typed.yaml",
      `steps:
  known: { extract: manual_input, rows: [ { id: 1 }, { id: 2 } ] }
  numbers: { extract: manual_input, rows: [ { n: 1 }, { n: 1 }, { n: null }, { n: 9 } ], checks: [ ${checks} ] }
  out: { load: duckdb, from: numbers, table: numbers }
`,
    );
    const report = await project.json<RunReport>("run", "typed");
    expect(report.code).toBe(0);
    for (const [, said] of kinds) expect(report.stderr).toContain(said);
  });

  it("publishes the window, and tells", async () => {
    check("publish", "[ { range: { co_mean: [0, 50] }, severity: warn } ]");
    addPoint("02", 900);
    const report = await run();
    expect(report).toMatchObject({ code: 0, ok: true });
    expect(await publishedHours()).toEqual(["01", "02", "03"]);
    expect(report.stderr).toContain('2026-01-05T02:00:00Z: "kpi": 1 of 9 rows fail range of "co_mean" [0, 50]; they are kept in');
  });
});

describe("a check that reads published tables", () => {
  it("compares with the same hour of earlier weeks, each window of a span on its own", async () => {
    check("publish", "[ { row_count: { usual: [0.5, 1.1] } } ]");
    expect(await run()).toMatchObject({ code: 0 });
    project.env.KPI_NOW = "2026-01-12T04:10:00Z";
    expect((await project.kpi("sample", "--hours", "3")).code).toBe(0);
    const time = BigInt(Date.parse("2026-01-12T02:30:00.5Z")) * 1_000_000n;
    project.write("sample/sensors/extra.lp", `airSensors,sensor_id=NEW co=1 ${time}\n`);
    const report = await project.json<RunReport>(
      ...["backfill", "pipeline-horario", "--from", "2026-01-12T01:00:00Z", "--to", "2026-01-12T04:00:00Z"],
    );
    project.env.KPI_NOW = NOW;
    expect(outcomes(report)).toEqual(["01 loaded", "02 failed", "03 loaded"]);
    expect(report.windows[1]?.error?.message).toContain("it has 9 rows, the same window of 4 weeks before had 8 (median)");
  });

  it("looks values up in a table that another pipeline publishes", async () => {
    project.write(
      "config/pipelines/sensors.yaml",
      `steps:
  rows_1: { extract: manual_input, rows: [ { id: TLM0100 } ] }
  publish: { load: duckdb, from: rows_1, table: sensors }
`,
    );
    await project.kpi("run", "sensors");
    check("publish", "[ { relationship: { columns: [sensor_id], table: sensors, to: [id] } } ]");
    const report = await run();
    expect(outcomes(report)).toEqual(["01 failed", "02 failed", "03 failed"]);
    expect(report.error?.message).toContain('7 of 8 rows fail relationship of "sensor_id" to "sensors"');
  });
});

describe("checks as they are written", () => {
  it("change no definition: hours computed without them are not stale", async () => {
    await run();
    check("publish", "[ { not_null: [sensor_id] } ]");
    expect(await project.json("plan", "pipeline-horario")).toMatchObject({ stale: 0 });
  });

  it("name a column there is", async () => {
    check("kpi", "[ { not_null: [sensor_di] } ]");
    const report = await run();
    expect(report.error).toMatchObject({
      code: "STEP_FAILED",
      step: "kpi",
      message: 'Cannot check the column "sensor_di" of "kpi": there is no such column',
      hint: 'Did you mean "sensor_id"?',
    });
  });

  it.each([
    ["[ { notnull: [a] } ]", 'Unknown key "notnull" in a check of step "kpi"', 'Did you mean "not_null"?'],
    ["[ { severity: warn } ]", 'Cannot tell what a check of step "kpi" checks: it names no rule', "not_null: [COLUMN]"],
    ["[ { range: { co_mean: 5 } } ]", 'as "range.co_mean"', ""],
    ["{ not_null: [a] }", 'Cannot use a map as the checks of step "kpi": must be a list', ""],
    ["[ { row_count: { usual: [1, 2] } } ]", 'Cannot use "usual" in a check of step "kpi": only what a loader publishes is remembered', ""],
    ["[ { relationship: { columns: [a], step: claen } } ]", 'Cannot check against "claen": there is no such step', 'Did you mean "clean"?'],
    ["[ { relationship: { columns: [a] } } ]", "must name either a step or a table", ""],
  ])("are refused with their place: %s", async (checks, message, hint) => {
    check("kpi", checks);
    const { code, stderr } = await project.kpi("validate");
    expect(code).toBe(78);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});
