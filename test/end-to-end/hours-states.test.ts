import { afterEach, expect, it } from "vitest";
import type { HoursReport, RunReport } from "../../src/core/reports.js";
import { hasBegun } from "../support/has-begun.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";

let project: KpiProject;
afterEach(() => project.remove());

/** A point that the check of the newer definition does not let pass. */
function breakHour(hour: string): void {
  const time = `${Date.parse(`${hour}:30:00.5Z`)}000000`;
  project.write(`sample/sensors/broken-${hour}.lp`, `airSensors,sensor_id=BROKEN co=900 ${time}\n`);
}

/** Runs the next commands as if it were that late. */
function at(time: string): void {
  project.env.KPI_NOW = time;
}

it("kpi hours shows, beside each other, hours that are adopted, stale, loaded, failed, skipped, late, empty, running and missing", async () => {
  project = await sensorProject({ hours: 8 });
  at("2026-01-04T21:10:00Z");
  await project.kpi("state", "reset", "--from", "2026-01-04T18:00:00Z", "--yes");
  await project.kpi("state", "set", "2026-01-04T19:00:00Z", "--adopt", "--yes");
  expect(await project.json<RunReport>("run")).toMatchObject({ windows: [{ start: "2026-01-04T20:00:00Z", status: "loaded" }] });

  project.write(
    "config/config.yaml",
    config("3h", (yaml) =>
      yaml
        .replace("settle: 5m", "settle: 5m\n    late: 48h")
        .replace("co >= 0", "co >= -1")
        .replace("table: kpi_horario", "table: kpi_horario, checks: [ { range: { co_max: [0, 50] } } ]"),
    ),
  );
  at("2026-01-05T06:10:00Z");
  breakHour("2026-01-04T22");
  await project.kpi("state", "skip", "2026-01-04T23:00:00Z", "--reason", "sensors off", "--yes");
  expect(await project.json<RunReport>("run")).toMatchObject({ code: 1, cursor: "2026-01-04T21:00:00Z" });
  breakHour("2026-01-05T01");
  expect((await project.kpi("run")).code).toBe(65);

  at("2026-01-05T09:10:00Z");
  const stretch = ["--from", "2026-01-05T06:00:00Z", "--to", "2026-01-05T07:00:00Z"];
  const live = project.start("backfill", "pipeline-horario", ...stretch, "--run-id", "live");
  const over = new Promise((resolve) => live.once("exit", resolve));
  await hasBegun(project, "live");
  live.kill("SIGSTOP");
  try {
    const { ranges } = await project.json<HoursReport>("hours");
    expect(ranges.map(({ from, windows, status }) => `${from.slice(5, 13)} ${windows} ${status}`)).toEqual([
      "01-04T18 2 adopted",
      "01-04T20 1 stale",
      "01-04T21 1 loaded",
      "01-04T22 1 failed",
      "01-04T23 1 skipped",
      "01-05T00 1 loaded",
      "01-05T01 1 late",
      "01-05T02 3 loaded",
      "01-05T05 1 empty",
      "01-05T06 1 running",
      "01-05T07 2 missing",
    ]);
    const { stdout } = await project.kpi("hours");
    expect(stdout).toContain(`2026-01-04  ${" ".repeat(36)}◇ ◇ ~ █ × -\n2026-01-05  █ ≈ █ █ █ ○ » □ □\n`);
  } finally {
    live.kill("SIGCONT");
  }
  expect(await over).toBe(0);
});
