import { afterEach, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { findPostgres, startPostgres } from "../servers/postgres.js";
import { openJsonServer } from "../support/json-server.js";
import { KpiProject } from "../support/kpi-project.js";
import { tables } from "../support/tables.js";

const postgres = findPostgres();
let project: KpiProject;
afterEach(() => project.remove());

const config = (url: string, state: object) => `state: ${JSON.stringify({ store: "postgres", lock_ttl: "2s", ...state })}
connections: { plant: { type: http, url: "${url}" } }
pipelines:
  hourly:
    every: 1h
    steps:
      seen:    { extract: http, connection: plant, path: /, columns: { at: TIMESTAMPTZ, by: VARCHAR }, time: at }
      publish: { load: duckdb, from: seen, table: seen }
`;

it.skipIf(postgres === null)(
  "a run whose lock was taken while it was stopped changes nothing that the new holder has published",
  {
    timeout: 60_000,
  },
  async () => {
    await using server = await startPostgres(postgres ?? "");
    await using source = await openJsonServer();
    project = new KpiProject();
    project.env.KPI_NOW = "2026-01-05T04:10:00Z";
    project.write("config/config.yaml", config(source.url, await server.place()));
    const rows = (by: string) => [{ at: "2026-01-05T03:10:00Z", by }];
    let answerFirst: () => void = () => undefined;
    const asked = new Promise<void>((arrived) => {
      source.answer(() => {
        arrived();
        return new Promise((resolve) => {
          answerFirst = () => resolve(rows("first"));
        });
      });
    });
    const first = project.start("run", "hourly", "--json");
    const ended = new Promise((resolve) => first.once("exit", resolve));
    first.stdout?.resume();
    first.stderr?.resume();
    await asked;
    first.kill("SIGSTOP");
    source.answer(() => rows("second"));
    expect(await project.json<RunReport>("run", "hourly", "--wait", "20s")).toMatchObject({ ok: true, code: 0 });
    answerFirst();
    first.kill("SIGCONT");
    expect(await ended).toBe(0);
    expect(await tables(project, 'SELECT "by" FROM kpi.seen')).toEqual([{ by: "second" }]);
    expect(await tables(project, "SELECT status FROM kpi._kpi.attempts")).toEqual([{ status: "loaded" }]);
  },
);
