import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PlanReport, RunReport } from "../../src/core/reports.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject();
});
afterEach(() => project.remove());

const run = (...args: string[]) => project.json<RunReport>("run", "pipeline-horario", ...args);

describe("kpi run", () => {
  it("publishes the hours that are due and answers with one document", async () => {
    const { code, ...report } = await run();
    expect(code).toBe(0);
    expect(report).toMatchObject({ schema_version: 1, ok: true, pipeline: "pipeline-horario", cursor: "2026-01-05T03:00:00Z" });
    expect(report.windows.map(({ start, status, reason }) => [start, status, reason])).toEqual(
      ["01", "02", "03"].map((hour) => [`2026-01-05T${hour}:00:00Z`, "loaded", "due"]),
    );
    expect(report.steps.map(({ id, status }) => [id, status])).toEqual(["co", "clean", "kpi", "publish"].map((id) => [id, "done"]));
    expect(report).not.toHaveProperty("error");
    const [row] = await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY window_start, sensor_id LIMIT 1");
    expect(Object.keys(row ?? {})).toEqual(["window_start", "sensor_id", "co_mean", "co_max", "samples"]);
  });

  it("has nothing to do the second time", async () => {
    await run();
    expect(await run()).toMatchObject({ code: 0, ok: true, windows: [], cursor: "2026-01-05T03:00:00Z" });
  });

  it("counts in the ledger the values that the source holds", async () => {
    await run();
    const [hour] = await tables(project, "SELECT source_rows, rows, sources FROM kpi._kpi.attempts ORDER BY window_start LIMIT 1");
    const lines = readdirSync(join(project.folder, "sample/sensors")).flatMap((name) =>
      readFileSync(join(project.folder, "sample/sensors", name), "utf8").split("\n"),
    );
    const inHour = lines.filter((line) => {
      const time = Number(/ (\d+)$/.exec(line)?.[1] ?? 0) / 1e6;
      return time >= Date.parse("2026-01-05T01:00:00Z") && time < Date.parse("2026-01-05T02:00:00Z");
    });
    const values = inHour.reduce((sum, line) => sum + (line.split(" ")[1]?.split(",").length ?? 0), 0);
    expect(hour?.source_rows).toBe(values);
    expect(Object.keys(JSON.parse(String(hour?.sources)).co)).toEqual(["co", "temperature", "humidity"]);
  });

  it("does an hour later just the hour that has passed, out of the one file that is new", async () => {
    await run();
    project.env.KPI_NOW = "2026-01-05T05:10:00Z";
    const before = readdirSync(join(project.folder, "sample/sensors"));
    expect((await project.kpi("sample", "--hours", "3")).code).toBe(0);
    expect(readdirSync(join(project.folder, "sample/sensors")).filter((name) => !before.includes(name))).toEqual(["2026-01-05T05.lp"]);
    const report = await run();
    expect(report.windows.map(({ start, status }) => [start, status])).toEqual([["2026-01-05T04:00:00Z", "loaded"]]);
  });

  it.each(["duckdb", "memory"])("keeps its state in the %s store just as well", async (store) => {
    project.write(
      "config/config.yaml",
      project.read("config/config.yaml").replace("{ store: file, path: .kpi/state }", `{ store: ${store} }`),
    );
    expect(await run()).toMatchObject({ ok: true, cursor: "2026-01-05T03:00:00Z" });
    expect(await run()).toMatchObject({ ok: true, windows: [], cursor: "2026-01-05T03:00:00Z" });
    const state = await project.json("state", "show", "pipeline-horario");
    expect(state).toMatchObject({ store, last_processed_hour: store === "duckdb" ? "2026-01-05T03:00:00Z" : null });
  });

  it("puts nothing on stdout but its result, and tells the rest on stderr", async () => {
    const { stdout, stderr } = await project.kpi("run", "pipeline-horario");
    expect(stdout + stderr).toContain("2026-01-05");
    expect(stdout + stderr).not.toMatch(/undefined|NaN|\[object/);
  });

  it("means the one pipeline there is where none is named", async () => {
    expect(await project.json<RunReport>("run")).toMatchObject({ ok: true, pipeline: "pipeline-horario" });
  });

  it("does every pipeline in turn with --all", async () => {
    expect(await project.json("run", "--all")).toMatchObject({ ok: true, runs: [{ pipeline: "pipeline-horario", ok: true }] });
  });

  it("takes a run id once", async () => {
    expect(await run("--run-id", "from-prefect-1")).toMatchObject({ run: "from-prefect-1" });
    expect((await project.kpi("run", "pipeline-horario", "--run-id", "from-prefect-1")).code).toBe(2);
  });

  it("leaves its events and a look at each relation in the run's folder", async () => {
    const { run: id } = await run();
    const events = project
      .read(`.kpi/runs/${id}/events.ndjson`)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: "run:end" });
    expect(project.read(`.kpi/runs/${id}/samples/kpi.ndjson`).trim().split("\n").length).toBeGreaterThan(5);
  });
});

describe("kpi plan", () => {
  it("says what run would do and why, and is what --dry-run prints", async () => {
    const plan = await project.json<PlanReport>("plan", "pipeline-horario");
    expect(plan).toMatchObject({ ok: true, cursor: null, horizon: "2026-01-05T04:00:00Z", flow: "co → clean → kpi → publish" });
    const { code: _, stderr: __, ...dry } = await project.json<PlanReport>("run", "pipeline-horario", "--dry-run");
    const { code: ___, stderr: ____, ...planned } = plan;
    expect(dry).toEqual(planned);
    const report = await run();
    expect(plan.windows).toEqual(report.windows.map(({ start, end, reason }) => ({ start, end, reason })));
  });

  it("answers with 10 where work is pending and was asked about", async () => {
    expect((await project.kpi("plan", "pipeline-horario", "--detailed-exitcode")).code).toBe(10);
    await run();
    expect((await project.kpi("plan", "pipeline-horario", "--detailed-exitcode")).code).toBe(0);
  });
});

describe("an hour whose attempts are used up", () => {
  it("is left alone by runs, and done by the backfill that run and plan offer", async () => {
    const configure = (clean: string) => project.write("config/config.yaml", broken.replace("co >= 0", clean));
    const broken = config("1h", (yaml) => yaml.replace("settle: 5m", "settle: 5m\n    max_attempts: 1"));
    configure("error('broken') is null");
    await run();
    const left = await run();
    expect(left).toMatchObject({ code: 1, windows: [], error: { code: "STEP_FAILED", window: "2026-01-05T03:00:00Z" } });
    const [, command = ""] = /once it is mended, kpi (backfill .* --rerun failed);/.exec(left.error?.hint ?? "") ?? [];
    expect((await project.kpi("plan")).stdout).toContain(`  Once it is mended: kpi ${command}\n`);
    expect((await project.kpi("run")).stderr).toContain("✖ pipeline-horario: nothing is due, and a window is left alone\n");
    configure("co >= 0");
    expect(await run()).toMatchObject({ code: 1, windows: [] });
    expect(await project.json<RunReport>(...command.split(" "))).toMatchObject({ code: 0, windows: [{ status: "loaded" }] });
    expect(await run()).toMatchObject({ code: 0, windows: [], cursor: "2026-01-05T03:00:00Z" });
  });
});

describe("kpi state and kpi show", () => {
  it("tell where the pipeline stands and what it published", async () => {
    await run();
    expect(await project.json("state", "show", "pipeline-horario")).toMatchObject({
      ...{ ok: true, pipeline: "pipeline-horario", last_processed_hour: "2026-01-05T03:00:00Z", store: "file" },
    });
    const { stdout } = await project.kpi("show", "pipeline-horario");
    expect(stdout).toContain("TLM0100");
    expect(stdout).toMatch(/[▁▂▃▄▅▆▇█]/);
  });

  it("change nothing without a yes", async () => {
    await run();
    expect((await project.kpi("state", "reset", "pipeline-horario")).code).toBe(2);
    expect(await run()).toMatchObject({ windows: [] });
  });
});
