import type { AskedRequest } from "./json-server.js";
import { KpiProject } from "./kpi-project.js";

/** A row of an hour, saying who brought it: what a source answers to a request for the hour. */
export function rowOfHour(by: string) {
  return ({ url }: AskedRequest) => [{ at: new URL(url, "http://source").searchParams.get("from"), by }];
}

/** A pipeline `hourly` over a source on the web, its state where `state` says; `hour` is the hour that ended last. */
export class AnsweredProject extends KpiProject {
  readonly #source: string;

  constructor(source: string, state: object, stores: object = {}) {
    super();
    this.#source = source;
    this.keepStateIn(state, stores);
    this.hour = 3;
  }

  set hour(hour: number) {
    this.env.KPI_NOW = `2026-01-05T0${hour + 1}:10:00Z`;
  }

  keepStateIn(state: object, stores: object = {}): void {
    this.write(
      "config/config.yaml",
      `state: ${JSON.stringify(state)}
stores: ${JSON.stringify(stores)}
connections: { plant: { type: http, url: "${this.#source}" } }
pipelines:
  hourly:
    every: 1h
    steps:
      seen:    { extract: http, connection: plant, path: /, query: { from: $window_start }, columns: { at: TIMESTAMPTZ, by: VARCHAR }, time: at }
      publish: { load: duckdb, from: seen, table: seen }
`,
    );
  }
}
