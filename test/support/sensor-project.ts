import { KpiProject } from "./kpi-project.js";

export const NOW = "2026-01-05T04:10:00Z";

/** The shipped pipeline over some hours of the sample, at a fixed hour. */
export async function sensorProject({ hours = 3, begin = "3h" } = {}): Promise<KpiProject> {
  const project = new KpiProject();
  project.env.KPI_NOW = NOW;
  project.write("config/config.yaml", config(begin));
  const sample = await project.kpi("sample", "--hours", String(hours));
  if (sample.code !== 0) throw new Error(sample.stderr);
  return project;
}

/** The shipped configuration in short, starting so long ago; `changes` may rewrite it. */
export function config(begin: string, changes: (yaml: string) => string = (yaml) => yaml): string {
  return changes(`state:     { store: file, path: .kpi/state }
warehouse: { path: data/kpi.duckdb, wait: 0s }
connections:
  influx: { type: influxdb, url: "\${INFLUX_URL:-file:sample}" }
pipelines:
  pipeline-horario:            # FLOW: co → clean → kpi → publish
    every: 1h
    begin: ${begin}
    settle: 5m
    steps:
      co:      { extract: influxdb, connection: influx, bucket: sensors, measurement: airSensors, fields: [co, temperature, humidity] }
      clean:   { transform: sql, from: co, spans: true, sql: "select * from co where co is not null and co >= 0" }
      kpi:     { transform: aggregate, from: clean, by: [sensor_id], metrics: { co_mean: mean(co), co_max: max(co), samples: count(co) } }
      publish: { load: duckdb, from: kpi, table: kpi_horario }
`);
}

/** The same with a line more in the pipeline. */
export function configWith(begin: string, line: string): string {
  return config(begin, (yaml) => yaml.replace("settle: 5m", `settle: 5m\n    ${line}`));
}
