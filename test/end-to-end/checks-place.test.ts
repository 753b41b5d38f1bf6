import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { type JsonServer, openJsonServer } from "../support/json-server.js";
import { KpiProject } from "../support/kpi-project.js";

let project: KpiProject;
let server: JsonServer;
let holder: DuckDBInstance | null;

beforeEach(async () => {
  project = new KpiProject();
  project.env.KPI_NOW = "2026-01-01T11:10:00Z";
  server = await openJsonServer();
  holder = null;
});
afterEach(async () => {
  holder?.closeSync();
  await server[Symbol.asyncDispose]();
  project.remove();
});

/** A pipeline whose only row fails a check; its warehouse is held by another process from its first request on. */
async function failing(check: string, wait: string): Promise<void> {
  const configure = (checks: string) =>
    project.write(
      "config.yaml",
      `warehouse: { path: data/kpi.duckdb, wait: ${wait} }
connections: { source: { type: http, url: "${server.url}" } }
pipelines:
  checked:
    every: 1h
    steps:
      rows: { extract: http, connection: source, path: /rows, columns: { n: INTEGER } }
      publish: { load: duckdb, from: rows, table: checked${checks} }
`,
    );
  configure("");
  server.answer(() => [{ n: 1 }]);
  expect((await project.kpi("run", "checked")).code).toBe(0);
  configure(`, checks: [ ${check} ]`);
  project.env.KPI_NOW = "2026-01-01T12:10:00Z";
  server.answer(async () => {
    holder ??= await DuckDBInstance.create(join(project.folder, "data/kpi.duckdb"));
    return [{ n: -1 }];
  });
}

const start = (id: string) => {
  const child = project.start("run", "checked", "--run-id", id, "--json");
  let said = "";
  child.stdout?.on("data", (chunk) => (said += chunk));
  return new Promise<RunReport & { code: number | null }>((resolve) =>
    child.once("close", (code) => resolve({ ...(JSON.parse(said) as RunReport), code })),
  );
};

/** Whether the failing rows of a run are there. */
const kept = (id: string) => existsSync(join(project.folder, ".kpi/runs", id, "checks"));

async function held(): Promise<void> {
  while (holder === null) await sleep(5);
}

describe("a check before publishing", () => {
  it("looks at the window in the workspace, while somebody else holds the warehouse", async () => {
    await failing("{ range: { n: [0, 5] } }", "60s");
    const ended = start("early");
    await held();
    while (!kept("early")) await sleep(5);
    holder?.closeSync();
    expect(await ended).toMatchObject({ code: 65, windows: [{ status: "failed" }], error: { code: "CHECK_FAILED", step: "publish" } });
  });

  it("is told of also where the warehouse stays held, so that nothing can be recorded", async () => {
    await failing("{ range: { n: [0, 5] } }", "0s");
    const { code, stderr } = await project.kpi("run", "checked");
    expect(code).toBe(75);
    expect(stderr).toContain('Cannot accept "rows": 1 of 1 rows fail range of "n" [0, 5]');
  });
});

describe("a check that reads published tables", () => {
  it("waits for the warehouse, for it looks inside the transaction that publishes", async () => {
    await failing("{ relationship: { columns: [n], table: checked, to: [n] } }", "60s");
    const ended = start("inside");
    await held();
    await sleep(1_000);
    expect(kept("inside")).toBe(false);
    holder?.closeSync();
    expect(await ended).toMatchObject({ code: 65, windows: [{ status: "failed" }], error: { code: "CHECK_FAILED", step: "publish" } });
    expect(kept("inside")).toBe(true);
  });
});
