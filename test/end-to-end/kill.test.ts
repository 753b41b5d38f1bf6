import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { removeFolder } from "../support/find-secrets.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

const KILLS = process.env.KPI_TEST_LONG === "1" ? 200 : 40;

let project: KpiProject;
afterEach(() => project.remove());

/** The KPI table in key order, and what the ledger says of each window. */
async function exported(): Promise<string> {
  const rows = await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY window_start, sensor_id");
  const windows = await tables(
    project,
    "SELECT window_start, status, source_rows, rows, definition FROM kpi._kpi.windows ORDER BY window_start",
  );
  return JSON.stringify({ rows, windows });
}

function startOver(): void {
  for (const folder of ["data", ".kpi/state", ".kpi/runs"]) removeFolder(join(project.folder, folder));
}

/** Starts a run and kills it after so many ms; true if it was killed before its end, which must be a good one. */
async function killedAfter(ms: number, ...command: string[]): Promise<boolean> {
  const child = project.start(...(command.length > 0 ? command : ["run", "pipeline-horario"]));
  let told = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (told += chunk));
  const ended = new Promise<boolean>((resolve, reject) =>
    child.once("close", (code, signal) => (signal === null && code !== 0 ? reject(new Error(told)) : resolve(signal === "SIGKILL"))),
  );
  await Promise.race([sleep(ms), ended]);
  child.kill("SIGKILL");
  return ended;
}

describe("kill -9 at random moments", () => {
  it(`${KILLS} times, each followed by another run, leaves the very same table and ledger`, { timeout: 600_000 }, async () => {
    project = await sensorProject({ hours: 25, begin: "24h" });
    project.write(
      "config/config.yaml",
      config("24h", (yaml) => yaml.replace("settle: 5m", "settle: 5m\n    batch: 2")),
    );
    const started = performance.now();
    expect(await project.json<RunReport>("run", "pipeline-horario")).toMatchObject({ ok: true });
    const length = performance.now() - started;
    const reference = await exported();
    startOver();

    let finished = 0;
    for (let kills = 0; kills < KILLS; ) {
      if (await killedAfter(Math.random() * length)) {
        kills += 1;
        continue;
      }
      expect(await exported()).toBe(reference);
      finished += 1;
      startOver();
    }
    expect(await project.json<RunReport>("run", "pipeline-horario")).toMatchObject({ ok: true, cursor: "2026-01-05T03:00:00Z" });
    expect(await exported()).toBe(reference);
    expect(finished).toBeLessThan(KILLS * 2);
  });
});

describe("a backfill that is killed again and again", () => {
  const [days, kills] = process.env.KPI_TEST_LONG === "1" ? [31, 10] : [6, 4];

  it(`goes on each time, through ${days} days and ${kills} kills, to the very same result`, { timeout: 600_000 }, async () => {
    project = await sensorProject({ hours: days * 24, begin: "previous" });
    const from = new Date(Date.parse("2026-01-05T04:00:00Z") - days * 86_400_000).toISOString();
    const all = ["backfill", "pipeline-horario", "--from", from, "--to", "2026-01-05T04:00:00Z"];
    const started = performance.now();
    expect(await project.json<RunReport>(...all)).toMatchObject({ ok: true });
    const length = performance.now() - started;
    const reference = await exported();
    startOver();

    for (let killed = 0; killed < kills; ) {
      const resume = project.kpi("backfill", "pipeline-horario", "--resume", "last", "--dry-run");
      const command = (await resume).code === 0 ? ["backfill", "pipeline-horario", "--resume", "last"] : all;
      if (await killedAfter(250 + (Math.random() * length * 2) / kills, ...command)) killed += 1;
      else startOver();
    }
    const last = await project.json<RunReport>(...all);
    expect(last).toMatchObject({ ok: true });
    expect(await exported()).toBe(reference);
    expect(
      await tables(project, "SELECT 1 FROM kpi._kpi.attempts WHERE status = 'loaded' GROUP BY window_start HAVING count(*) > 1"),
    ).toEqual([]);
  });
});

describe("many crons at once", () => {
  it("let one work; the others end with 75 and name it, and nothing is doubled", async () => {
    project = await sensorProject({ hours: 9, begin: "8h" });
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => project.json<RunReport>("run", "pipeline-horario")));
    const done = outcomes.filter(({ code }) => code === 0);
    const busy = outcomes.filter(({ code }) => code === 75);
    expect(done.length).toBeGreaterThan(0);
    expect(done.length + busy.length).toBe(5);
    for (const { error } of busy) expect(error).toMatchObject({ code: "LOCKED", message: expect.stringContaining("process") });
    const doubles = await tables(project, "SELECT window_start, sensor_id FROM kpi.kpi_horario GROUP BY ALL HAVING count(*) > 1");
    expect(doubles).toEqual([]);
    expect(await tables(project, "SELECT count(DISTINCT window_start)::INTEGER AS n FROM kpi.kpi_horario")).toEqual([{ n: 8 }]);
  });

  it("may wait for their turn", async () => {
    project = await sensorProject();
    const outcomes = await Promise.all([1, 2, 3].map(() => project.kpi("run", "pipeline-horario", "--wait", "60s")));
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
  });
});

describe("SIGTERM", () => {
  it("rolls back, ends with 143, and the next run goes on", async () => {
    project = await sensorProject({ hours: 25, begin: "24h" });
    project.write(
      "config/config.yaml",
      config("24h", (yaml) => yaml.replace("settle: 5m", "settle: 5m\n    batch: 1")),
    );
    const child = project.start("run", "pipeline-horario", "--json");
    const exit = new Promise<number | null>((resolve) => child.once("exit", (code, signal) => resolve(signal === "SIGTERM" ? 143 : code)));
    let stdout = "";
    child.stdout?.on("data", (chunk) => (stdout += chunk));
    await new Promise<void>((resolve) => child.stderr?.on("data", (chunk) => String(chunk).includes("2026-01-0") && resolve()));
    child.kill("SIGTERM");
    expect(await exit).toBe(143);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "TERMINATED" } });
    expect(await project.json<RunReport>("run", "pipeline-horario")).toMatchObject({ ok: true, cursor: "2026-01-05T03:00:00Z" });
    expect(
      await tables(project, "SELECT count(DISTINCT window_start)::INTEGER AS n, count(*)::INTEGER AS rows FROM kpi.kpi_horario"),
    ).toMatchObject([{ n: 24 }]);
  });
});
