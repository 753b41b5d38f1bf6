import type { RunReport } from "../../src/core/reports.js";
import { KpiProject } from "./kpi-project.js";

/** A pipeline of hours over the connection whose settings are given. */
export function hourlyConfig(influx: string): string {
  return `state: { store: file, path: state }
warehouse: { path: data/kpi.duckdb }
connections:
  influx: { type: influxdb, ${influx} }
pipelines:
  hourly:
    every: 1h
    begin: previous
    steps:
      v:       { extract: influxdb, connection: influx, bucket: b, measurement: m, fields: [v] }
      kpi:     { transform: aggregate, from: v, by: [k], metrics: { total: sum(v), samples: count(v) } }
      publish: { load: duckdb, from: kpi, table: kpi }
`;
}

/** Runs a pipeline of one hour, 2026-01-01T10:00Z, over the connection whose settings are given, in a project that is gone afterwards; `prepare` adds to it. */
export async function runOneHour(influx: string, prepare: (project: KpiProject) => void = () => undefined) {
  const project = new KpiProject();
  try {
    project.env.KPI_NOW = "2026-01-01T11:10:00Z";
    project.write("config.yaml", hourlyConfig(influx));
    prepare(project);
    return await project.json<RunReport>("run", "hourly");
  } finally {
    project.remove();
  }
}
