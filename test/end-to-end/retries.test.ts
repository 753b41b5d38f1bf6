import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/core/events.js";
import type { RunReport } from "../../src/core/reports.js";
import { FAULTS } from "../doubles/faults.js";
import { type Asked, reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, ROWS, scripted } from "../doubles/influx-script.js";
import { type JsonServer, openJsonServer } from "../support/json-server.js";
import { KpiProject, type Outcome } from "../support/kpi-project.js";
import { tables } from "../support/tables.js";

const ENDLESS = "select count(*) as n from range(1000000000000) a, range(1000) b";

let project: KpiProject;
let server: JsonServer;
beforeEach(async () => {
  project = new KpiProject();
  project.env.KPI_NOW = "2026-01-01T11:10:00Z";
  server = await openJsonServer();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  project.remove();
});

function configure(connection: string, steps: string, every = "every: 1h"): void {
  project.write(
    "config.yaml",
    `warehouse: { path: data/kpi.duckdb }
connections:
  source: ${connection}
pipelines:
  tried:
    ${every}
    steps:
${steps}
      publish: { load: duckdb, from: made, table: made }
`,
  );
}

/** A pipeline whose first step asks the server, once a try. */
function asking(settings: string): void {
  const rows = `extract: http, connection: source, path: /rows, columns: { n: INTEGER }, request_retries: 0, ${settings}`;
  configure(`{ type: http, url: "${server.url}" }`, `      made: { ${rows} }`);
}

/** A pipeline whose second step does this. */
function computing(sql: string, settings: string): void {
  const made = `      made: { transform: sql, from: rows, sql: "${sql}", ${settings} }`;
  configure("{ type: http, url: 'http://127.0.0.1:9' }", `      rows: { extract: manual_input, rows: [{ n: 1 }] }\n${made}`, "");
}

/** Answers 503 so many times, then with a row. */
function failing(times: number): void {
  server.answer((_, response) => {
    if (server.asked.length > times) return [{ n: 7 }];
    response.statusCode = 503;
    return {};
  });
}

const run = (...flags: string[]) => project.kpi("run", "tried", ...flags);

/** What a run with `--events --json` told of a kind. */
function told<Type extends RunEvent["type"]>({ stderr }: Outcome, type: Type): Extract<RunEvent, { type: Type }>[] {
  const events = stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RunEvent);
  return events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
}

describe("a step with retries", () => {
  it("is tried again after pauses that grow, tells each, and goes on where it works", async () => {
    asking("retries: 3, backoff: 40ms");
    failing(2);
    const outcome = await run("--events", "--json");
    expect(outcome.code).toBe(0);
    expect(server.asked).toHaveLength(3);
    const retries = told(outcome, "step:retry");
    expect(retries.map(({ step, data }) => [step, data.retry, data.of, data.code])).toEqual([
      ["made", 1, 3, "SOURCE_BUSY"],
      ["made", 2, 3, "SOURCE_BUSY"],
    ]);
    const [first = 0, second = 0] = retries.map(({ data }) => data.wait);
    expect(first).toBeGreaterThanOrEqual(20);
    expect(first).toBeLessThanOrEqual(40);
    expect(second).toBeGreaterThanOrEqual(40);
    expect(second).toBeLessThanOrEqual(80);
    expect(told(outcome, "step:start").filter(({ step }) => step === "made")).toHaveLength(1);
    expect((JSON.parse(outcome.stdout) as RunReport).steps[0]).toMatchObject({ id: "made", status: "done", rows: 1 });
    expect(await tables(project, "SELECT n FROM kpi.made")).toEqual([{ n: 7 }]);
  });

  it("says so to a person too", async () => {
    asking("retries: 1, backoff: 0s");
    failing(1);
    expect((await run()).stderr).toMatch(/made: trying again in 0 ms, 1 of 1 {2}Cannot read ".*": it answers 503 \(SOURCE_BUSY\)/);
  });

  it("fails with the last failure where none of the tries works", async () => {
    asking("retries: 2, backoff: 1ms");
    failing(9);
    const report = await project.json<RunReport>("run", "tried");
    expect(report).toMatchObject({ code: 69, error: { code: "SOURCE_BUSY", step: "made" } });
    expect(server.asked).toHaveLength(3);
  });

  it("is not tried again after what would fail again", async () => {
    computing("select error('no such luck') as n", "retries: 5, backoff: 5m");
    const outcome = await run("--events", "--json");
    expect(outcome.code).toBe(65);
    expect(told(outcome, "step:retry")).toEqual([]);
  });

  it("leaves nothing of a reply that broke off half-way", async () => {
    const breaks = FAULTS.filter(({ number }) => number === 1 || number === 3);
    const { type, body } = BODIES.flux;
    const answer = scripted("flux", (socket, times) => {
      const broken = breaks[times];
      if (broken === undefined) socket.write(reply("200 OK", type, body));
      else broken.send(socket, "flux");
    });
    await using double = await startDouble(answer);
    configure(
      `{ type: influxdb, url: "${double.url}", org: o, token: t, retries: 0 }`,
      "      made: { extract: influxdb, connection: source, bucket: b, measurement: m, fields: [v], retries: 2, backoff: 1ms }",
    );
    const outcome = await run("--events", "--json");
    expect(outcome.code).toBe(0);
    expect(told(outcome, "step:retry")).toHaveLength(2);
    expect(await tables(project, "SELECT count(*)::INTEGER AS n FROM kpi.made")).toEqual([{ n: ROWS }]);
  });

  it("ends its pause at once when the run is stopped", async () => {
    asking("retries: 1, backoff: 5m");
    failing(1);
    const child = project.start("run", "tried");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise<void>((resolve) => child.stderr?.on("data", (chunk) => String(chunk).includes("trying again") && resolve()));
    const started = performance.now();
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("a step with a timeout", () => {
  it("has its query interrupted, each try anew, and fails with 65", async () => {
    computing(ENDLESS, "timeout: 200ms, retries: 1, backoff: 0s");
    const started = performance.now();
    const outcome = await run("--events", "--json");
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(outcome.code).toBe(65);
    expect(told(outcome, "step:retry").map(({ data }) => data.code)).toEqual(["STEP_TIMEOUT"]);
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      error: { code: "STEP_TIMEOUT", step: "made", message: 'Cannot finish step "made": its timeout of 0.2 s is over' },
    });
  });

  it("starts each try from nothing where some of its windows were done", async () => {
    project.write("in.csv", "at,n\n2026-01-01T09:30:00Z,1\n2026-01-01T10:30:00Z,2\n");
    configure(
      "{ type: http, url: 'http://127.0.0.1:9' }",
      `      rows: { extract: files, path: in.csv, time: at, columns: { at: TIMESTAMPTZ } }
      made: { transform: sql, from: rows, timeout: 400ms, retries: 1, backoff: 0s,
        sql: "select count(*) as n from rows, range(1000000000000) where rows.n = 2" }`,
      "every: 1h\n    begin: 2h",
    );
    const outcome = await run("--events", "--json");
    expect(told(outcome, "step:retry").length).toBeGreaterThan(0);
    const windows = (JSON.parse(outcome.stdout) as RunReport).windows.map(({ status, error }) => [status, error?.code]);
    expect(windows).toEqual([
      ["loaded", undefined],
      ["failed", "STEP_TIMEOUT"],
    ]);
  });

  it("has its request given up, and fails with 69", async () => {
    asking("timeout: 200ms");
    const left = new Promise<void>((resolve) => server.answer((_, response) => void response.once("close", resolve)));
    const report = await project.json<RunReport>("run", "tried");
    expect(report).toMatchObject({ code: 69, error: { code: "SOURCE_TIMEOUT", step: "made" } });
    await left;
  });

  it("works as ever within its time", async () => {
    asking("timeout: 1m, retries: 1");
    failing(0);
    expect((await run()).code).toBe(0);
  });
});

describe("a loader that publishes in the transaction of its windows", () => {
  it("has all of it rolled back when its time is over", async () => {
    asking("retries: 0");
    failing(0);
    project.write("config.yaml", project.read("config.yaml").replace("table: made }", "table: made, timeout: 1ms }"));
    const report = await project.json<RunReport>("run", "tried");
    expect(report).toMatchObject({ code: 65, windows: [{ status: "failed" }], error: { code: "STEP_TIMEOUT", step: "publish" } });
    expect(await tables(project, "SELECT table_name FROM information_schema.tables WHERE table_name = 'made'")).toEqual([]);
    expect(await tables(project, "SELECT status FROM kpi._kpi.windows")).toEqual([{ status: "failed" }]);
  });

  it("is tried again with all of it, and fails where none of the tries works", async () => {
    asking("retries: 0");
    failing(0);
    project.write(
      "config.yaml",
      project.read("config.yaml").replace("table: made }", "table: made, timeout: 1ms, retries: 2, backoff: 1ms }"),
    );
    const outcome = await run("--events", "--json");
    expect(told(outcome, "step:retry").map(({ step, data }) => [step, data.retry, data.of, data.code])).toEqual([
      ["publish", 1, 2, "STEP_TIMEOUT"],
      ["publish", 2, 2, "STEP_TIMEOUT"],
    ]);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ windows: [{ status: "failed", error: { step: "publish" } }] });
    expect(await tables(project, "SELECT status, attempt FROM kpi._kpi.attempts")).toEqual([{ status: "failed", attempt: 1 }]);
  });

  it.each(["every: 1h", ""])("waits so for another process that holds the warehouse (%s)", async (every) => {
    configure(
      `{ type: http, url: "${server.url}" }`,
      "      made: { extract: http, connection: source, path: /rows, columns: { n: INTEGER } }",
      every,
    );
    project.write(
      "config.yaml",
      project
        .read("config.yaml")
        .replace("kpi.duckdb }", "kpi.duckdb, wait: 0s }")
        .replace("table: made }", "table: made, retries: 9, backoff: 200ms }"),
    );
    failing(0);
    await run();
    project.env.KPI_NOW = "2026-01-01T12:10:00Z";
    let holder: DuckDBInstance | undefined;
    server.answer(async () => {
      holder ??= await DuckDBInstance.create(`${project.folder}/data/kpi.duckdb`);
      return [{ n: 8 }];
    });
    const child = project.start("run", "tried", "--json");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise<void>((resolve) =>
      child.stderr?.on("data", (chunk) => /publish: trying again .* holds it \(WAREHOUSE_HELD\)/.test(String(chunk)) && resolve()),
    );
    holder?.closeSync();
    let said = "";
    child.stdout?.on("data", (chunk) => (said += chunk));
    expect(await ended).toBe(0);
    expect((JSON.parse(said) as RunReport).steps).toMatchObject([{ status: "done" }, { id: "publish", status: "done" }]);
    expect((await tables(project, "SELECT n FROM kpi.made ORDER BY n")).at(-1)).toEqual({ n: 8 });
  });
});

describe("the time of a step", () => {
  it("is also how long its checks may take, and they are interrupted", async () => {
    const endless = "n < (select count(*) from range(1000000000000) a, range(1000) b)";
    computing("select 1 as n", `timeout: 300ms, retries: 3, checks: [ { expression: "${endless}" } ]`);
    const started = performance.now();
    const outcome = await run("--events", "--json");
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(told(outcome, "step:retry")).toEqual([]);
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      error: { code: "STEP_TIMEOUT", step: "made", message: 'Cannot finish the checks of step "made": its timeout of 0.3 s is over' },
    });
  });

  it("is also how long its source may count; what is due is done all the same", async () => {
    const { type, body } = BODIES.influxql;
    const answer = scripted("influxql", (socket) => void socket.write(reply("200 OK", type, body)));
    let deaf = false;
    const counts = ({ url }: Asked) => /^SELECT count\(.* GROUP BY time/.test(url.searchParams.get("q") ?? "");
    await using double = await startDouble((socket, asked) => {
      if (!deaf || !counts(asked)) answer(socket, asked);
    });
    configure(
      `{ type: influxdb, url: "${double.url}", org: o, token: t, retries: 0 }`,
      "      made: { extract: influxdb, connection: source, bucket: b, measurement: m, fields: [v], timeout: 1s }",
      "every: 1h\n    late: 48h",
    );
    await run();
    deaf = true;
    project.env.KPI_NOW = "2026-01-01T12:10:00Z";
    const report = await project.json<RunReport>("run", "tried");
    expect(report).toMatchObject({ code: 0, windows: [{ start: "2026-01-01T11:00:00Z", status: "empty" }] });
    expect(report.stderr).toContain('The source of "made" is not counted: the step\'s timeout of 1 s is over');
    expect((await project.json("verify", "tried")).warnings).toHaveLength(1);
  });
});
