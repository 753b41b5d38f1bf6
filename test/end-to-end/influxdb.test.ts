import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { findDatafusion, startInfluxdb3 } from "../servers/influxdb3.js";
import { removeFolder } from "../support/find-secrets.js";
import { INFLUX_KINDS } from "../support/influx-servers.js";
import { KpiProject } from "../support/kpi-project.js";
import { sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

const python = findDatafusion();

describe.each(INFLUX_KINDS)("the shipped pipeline on $name", ({ found, road, start }) => {
  it.skipIf(!found)("publishes the same table as the folder, with only the environment changed", { timeout: 120_000 }, async () => {
    const project = await sensorProject({ hours: 6, begin: "6h" });
    await using server = await start("sensors");
    try {
      project.write(
        "config/config.yaml",
        project.read("config/config.yaml").replace("type: influxdb,", `type: influxdb, token: "\${TOKEN:-}",`),
      );
      for (const name of readdirSync(`${project.folder}/sample/sensors`))
        await server.write("sensors", project.read(`sample/sensors/${name}`));
      expect(await project.json<RunReport>("run", "pipeline-horario")).toMatchObject({ ok: true });
      const fromFolder = await published(project);
      startOver(project);
      Object.assign(project.env, { INFLUX_URL: server.url, TOKEN: "secret" });
      expect((await project.kpi("plan", "pipeline-horario", "--explain")).stdout).toContain(road);
      const report = await project.json<RunReport>("run", "pipeline-horario");
      expect(report).toMatchObject({ ok: true, cursor: "2026-01-05T03:00:00Z" });
      expect(await published(project)).toEqual(fromFolder);
      expect(report.windows).toHaveLength(6);
    } finally {
      project.remove();
    }
  });
});

describe.skipIf(python === null)("a query of one's own on InfluxDB 3", () => {
  it("is published hour by hour, and shown by plan --explain", { timeout: 60_000 }, async () => {
    const project = new KpiProject();
    await using server = await startInfluxdb3(python ?? "");
    try {
      const ten = Date.parse("2026-01-01T10:00:00Z");
      await server.write("b", [0, 1, 3_600, 3_601].map((second) => `m,k=a v=${second} ${ten + second * 1000}000000`).join("\n"));
      Object.assign(project.env, { KPI_NOW: "2026-01-01T12:10:00Z", TOKEN: "secret" });
      project.write("config.yaml", configuration(server.url));
      const plan = await project.kpi("plan", "hourly", "--explain");
      expect(plan.stdout).toContain("SQL on InfluxDB 3.10.1, for the step says so:");
      expect(plan.stdout).toContain("time < TIMESTAMP '2026-01-01T12:00:00Z'");
      expect(await project.json<RunReport>("run", "hourly")).toMatchObject({
        ok: true,
        windows: [
          { start: "2026-01-01T10:00:00Z", status: "loaded", source_rows: 1, rows: 1 },
          { start: "2026-01-01T11:00:00Z", status: "loaded", source_rows: 1, rows: 1 },
        ],
      });
      expect(await tables(project, "SELECT k, mean, n FROM kpi.kpi ORDER BY window_start")).toEqual([
        { k: "a", mean: 0.5, n: 2 },
        { k: "a", mean: 3600.5, n: 2 },
      ]);
    } finally {
      project.remove();
    }
  });
});

function configuration(url: string): string {
  return `state: { store: file, path: state }
warehouse: { path: data/kpi.duckdb }
connections:
  influx: { type: influxdb, url: "${url}", token: "\${TOKEN}" }
pipelines:
  hourly:
    every: 1h
    begin: 2h
    steps:
      points:
        extract: influxdb
        connection: influx
        bucket: b
        sql: >-
          SELECT date_bin(INTERVAL '1 hour', time) AS time, k, avg(v) AS mean, count(*) AS n FROM m
          WHERE time >= $window_start AND time < $window_end GROUP BY 1, k
      publish: { load: duckdb, from: points, table: kpi }
`;
}

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
