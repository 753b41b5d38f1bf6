import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { type JsonServer, openJsonServer } from "../support/json-server.js";
import { KpiProject } from "../support/kpi-project.js";
import { slowConfig } from "../support/slow-config.js";
import { tables } from "../support/tables.js";

const STRETCH = ["--from", "2026-01-01", "--to", "2026-01-01T12:00:00Z"];
const HOURS = Array.from({ length: 12 }, (_, hour) => String(hour).padStart(2, "0"));

let project: KpiProject;
let server: JsonServer;
/** Requests that are being answered, and how many that were at most. */
let open: number;
let most: number;

beforeEach(async () => {
  project = new KpiProject();
  project.env.KPI_NOW = "2026-01-02T00:10:00Z";
  server = await openJsonServer();
  [open, most] = [0, 0];
  project.write("config.yaml", slowConfig(server.url));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  project.remove();
});

/** Answers each hour after so many ms. */
function answerAfter(wait: (hour: number) => number): void {
  server.answer(async ({ url }) => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, wait(Number(/T(\d\d)/.exec(url)?.[1]))));
    open -= 1;
    return [{ n: 1 }];
  });
}

/** Hours in the order in which they were committed. */
const committed = async () =>
  (await tables(project, "SELECT strftime(window_start, '%H') AS hour FROM kpi._kpi.attempts ORDER BY rowid")).map(({ hour }) => hour);

describe("a backfill's spans", () => {
  it("are extracted side by side, and published in order by one, whichever of them is there first", async () => {
    answerAfter((hour) => (hour % 4 === 0 ? 400 : 20));
    const report = await project.json<RunReport>("backfill", "slow", ...STRETCH, "--concurrency", "4");
    expect(report).toMatchObject({ code: 0, ok: true });
    expect(most).toBe(4);
    expect(await committed()).toEqual(HOURS);
  });

  it("let the hourly run of another process do its hour between two of them", async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    // the second half comes only when the run is over
    server.answer(async ({ url }) => {
      if (/T(0[6-9]|1)/.test(url)) await gate;
      return [{ n: 1 }];
    });
    const child = project.start("backfill", "slow", ...STRETCH, "--concurrency", "1");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise<void>((resolve) => child.stderr?.on("data", (chunk) => String(chunk).includes("loaded  ") && resolve()));
    const run = await project.json<RunReport>("run", "slow");
    expect(run).toMatchObject({ code: 0, ok: true, windows: [{ start: "2026-01-01T23:00:00Z", status: "loaded" }] });
    release();
    expect(await ended).toBe(0);
    const order = await committed();
    expect(order.filter((hour) => hour !== "23")).toEqual(HOURS);
    expect(order.indexOf("23")).toBeGreaterThan(0);
    expect(order.indexOf("23")).toBeLessThanOrEqual(6);
  });
});

describe("kpi backfill --on-failure continue", () => {
  it("is how it is without: the others are done, what failed is named and done by the next", async () => {
    server.answer(({ url }, response) => {
      if (!url.includes("T03")) return [{ n: 1 }];
      response.statusCode = 422;
      return {};
    });
    for (const flags of [[], ["--on-failure", "continue", "--rerun", "all", "--anew"]]) {
      const report = await project.json<RunReport>("backfill", "slow", ...STRETCH, ...flags);
      expect(report).toMatchObject({ code: 1, ok: false, backfill: { status: "unfinished" } });
      expect(report.windows.map(({ status }) => status)).toEqual(HOURS.map((hour) => (hour === "03" ? "failed" : "loaded")));
    }
    // a second start of the same windows
    const second = await project.json<RunReport>("backfill", "slow", ...STRETCH, "--rerun", "failed");
    expect(second).toMatchObject({ code: 65, windows: [{ start: "2026-01-01T03:00:00Z", status: "failed" }] });
    const third = await project.kpi("backfill", "slow", ...STRETCH, "--rerun", "failed");
    expect(third.stderr).toMatch(
      /The backfill [0-9a-f-]{36} of the same windows, begun 2026-01-02T00:10:00Z, has not ended; this one takes its place/,
    );
    answerAfter(() => 0);
    expect(await project.json<RunReport>("backfill", "--resume", "last")).toMatchObject({
      ...{ code: 0, windows: [{ start: "2026-01-01T03:00:00Z" }], backfill: { status: "done" } },
    });
  });
});
