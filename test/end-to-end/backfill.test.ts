import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PlanReport, RunReport } from "../../src/core/reports.js";
import type { KpiProject } from "../support/kpi-project.js";
import { sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject({ hours: 13, begin: "previous" });
});
afterEach(() => project.remove());

const backfill = (...args: string[]) => project.json<RunReport>("backfill", "pipeline-horario", ...args);

describe("kpi backfill", () => {
  it("does what is missing in a stretch of time, says so beforehand, and then has nothing to do", async () => {
    await project.kpi("run", "pipeline-horario");
    const stretch = ["--from", "2026-01-04T20:00:00Z", "--to", "2026-01-05T02:00:00Z"];
    const plan = await project.json<PlanReport>("backfill", "pipeline-horario", ...stretch, "--dry-run");
    const report = await backfill(...stretch);
    expect(report).toMatchObject({ code: 0, ok: true, cursor: "2026-01-05T03:00:00Z" });
    expect(report.windows).toHaveLength(6);
    expect(plan.windows).toEqual(report.windows.map(({ start, end, reason }) => ({ start, end, reason })));
    expect(await backfill(...stretch)).toMatchObject({ code: 0, windows: [] });
  });

  it("does a day again with the very same result", async () => {
    await backfill("--from", "2026-01-05", "--to", "2026-01-05T04:00:00Z");
    const before = await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY window_start, sensor_id");
    expect(await backfill("--from", "2026-01-05", "--to", "2026-01-05T04:00:00Z", "--rerun", "all")).toMatchObject({ code: 0 });
    expect(await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY window_start, sensor_id")).toEqual(before);
  });

  it("goes on where a kill stopped it", async () => {
    const stretch = ["--from", "2026-01-04T16:00:00Z", "--to", "2026-01-05T04:00:00Z"];
    const child = project.start("backfill", "pipeline-horario", ...stretch);
    await new Promise<void>((resolve) => child.stderr?.once("data", () => resolve()));
    child.kill("SIGKILL");
    expect(await backfill(...stretch)).toMatchObject({ code: 0, ok: true });
    expect(await tables(project, "SELECT count(DISTINCT window_start)::INTEGER AS n FROM kpi.kpi_horario")).toEqual([{ n: 12 }]);
    expect(await tables(project, "SELECT 1 FROM kpi.kpi_horario GROUP BY window_start, sensor_id HAVING count(*) > 1")).toEqual([]);
  });

  it("wants both bounds, on the grid", async () => {
    expect((await project.kpi("backfill", "--from", "2026-01-05")).code).toBe(2);
    const { code, stderr } = await project.kpi("backfill", "--from", "2026-01-05T00:30:00Z", "--to", "2026-01-05T04:00:00Z");
    expect(code).toBe(2);
    expect(stderr).toContain("2026-01-05T00:00:00Z");
    expect((await project.kpi("backfill", "--from", "2026-01-05", "--to", "2026-01-06", "--rerun", "some")).code).toBe(2);
  });
});
