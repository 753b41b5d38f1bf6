import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { findInfluxd, startInfluxdb } from "../servers/influxdb.js";
import { removeFolder } from "../support/find-secrets.js";
import { sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

const influxd = findInfluxd();

describe.skipIf(influxd === null)("the shipped pipeline on a real InfluxDB 1", () => {
  it("publishes the same table as the folder with the same points, with only INFLUX_URL changed", { timeout: 120_000 }, async () => {
    const project = await sensorProject({ hours: 6, begin: "6h" });
    await using server = await startInfluxdb(influxd ?? "");
    try {
      await server.execute('CREATE DATABASE "sensors"');
      for (const name of readdirSync(`${project.folder}/sample/sensors`))
        await server.write("sensors", project.read(`sample/sensors/${name}`));
      expect(await project.json<RunReport>("run", "pipeline-horario")).toMatchObject({ ok: true });
      const fromFolder = await published(project);
      startOver(project);
      project.env.INFLUX_URL = server.url;
      const report = await project.json<RunReport>("run", "pipeline-horario");
      expect(report).toMatchObject({ ok: true, cursor: "2026-01-05T03:00:00Z" });
      expect(await published(project)).toEqual(fromFolder);
      expect(report.windows).toHaveLength(6);
    } finally {
      project.remove();
    }
  });
});

type Project = Awaited<ReturnType<typeof sensorProject>>;

/** The table in key order, and what the ledger counted. */
async function published(project: Project) {
  return {
    rows: await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY window_start, sensor_id"),
    windows: await tables(
      project,
      "SELECT window_start, status, source_rows, rows, definition FROM kpi._kpi.windows ORDER BY window_start",
    ),
  };
}

function startOver(project: Project): void {
  for (const folder of ["data", ".kpi/state"]) removeFolder(`${project.folder}/${folder}`);
}
