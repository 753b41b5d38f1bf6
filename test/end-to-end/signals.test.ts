import { type ChildProcess, execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

let project: KpiProject;
afterEach(() => project.remove());

/** What a child has said so far, and a promise for what it says in time. */
function listen(child: ChildProcess) {
  let said = "";
  const ended = new Promise<readonly [number | null, string | null]>((resolve) =>
    child.once("exit", (code, signal) => resolve([code, signal])),
  );
  child.stdout?.on("data", (chunk) => (said += chunk));
  child.stderr?.on("data", (chunk) => (said += chunk));
  const says = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => said.includes(text) && resolve();
      child.stderr?.on("data", look);
      look();
    });
  return { ended, says, said: () => said };
}

/** How many hours are published; each has the rows of all 8 sensors. */
async function hoursPublished(): Promise<number> {
  const rows = await tables(project, "SELECT count(*)::INTEGER AS n FROM kpi.kpi_horario GROUP BY window_start");
  expect(rows.every(({ n }) => n === 8)).toBe(true);
  return rows.length;
}

describe("one SIGINT", () => {
  const stretch = ["--from", "2026-01-04T16:00:00Z", "--to", "2026-01-05T04:00:00Z"];
  beforeEach(async () => {
    project = await sensorProject({ hours: 13, begin: "12h" });
    project.write(
      "config/config.yaml",
      config("12h", (yaml) => yaml.replace("settle: 5m", "settle: 5m\n    batch: 1")),
    );
  });

  it.each([
    ["a run that catches up", /last processed 2026-01-0/, ["run", "pipeline-horario"], ["run", "pipeline-horario"]],
    [
      "a backfill",
      /To go on: kpi backfill pipeline-horario --resume [0-9a-f-]{36}/,
      ["backfill", "pipeline-horario", ...stretch],
      ["backfill", "pipeline-horario", "--resume", "last"],
    ],
  ])("stops %s with 130 between whole spans, says where it stands, and the next goes on", async (_, stand, first, next) => {
    const child = project.start(...first);
    const { ended, says, said } = listen(child);
    await says("loaded  ");
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(said()).toContain("Stopping: what is not committed is rolled back");
    expect(said()).toMatch(/pipeline-horario: \d+ windows? loaded/);
    expect(said()).toMatch(stand);
    expect(said()).toContain("(INTERRUPTED)");
    const before = await hoursPublished();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(12);
    const report = await project.json<RunReport>(...next);
    expect(report).toMatchObject({ code: 0, ok: true });
    expect(report.windows).toHaveLength(12 - before);
    expect(await hoursPublished()).toBe(12);
  });
});

describe("a second signal", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("%s ends kpi at once, even where the work cannot be interrupted", async (signal) => {
    project = new KpiProject();
    project.write(
      "config.yaml",
      "pipelines: { stuck: { steps: { rows: { extract: files, path: in.csv }, out: { load: output, from: rows } } } }\n",
    );
    execFileSync("mkfifo", [join(project.folder, "in.csv")]);
    const child = project.start("run", "stuck");
    try {
      const { ended, says } = listen(child);
      await says("runs once");
      // opening a pipe that nobody writes to takes for ever
      await new Promise((resolve) => setTimeout(resolve, 500));
      child.kill(signal);
      await says("once more to leave at once");
      const started = performance.now();
      child.kill(signal);
      expect(await ended).toEqual([null, signal]);
      expect(performance.now() - started).toBeLessThan(5_000);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
