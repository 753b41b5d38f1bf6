import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/core/events.js";
import type { HoursReport, RunDetails, RunEntry } from "../../src/core/reports.js";
import { removeFolder } from "../support/find-secrets.js";
import { hasBegun } from "../support/has-begun.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject();
});
afterEach(() => project.remove());

const list = async (...args: string[]) => (await project.json<{ runs: RunEntry[] }>("runs", "list", ...args)).runs;
const JANUARY_5TH = ["pipeline-horario", "--from", "2026-01-05", "--to", "2026-01-05T04:00:00Z", "--rerun", "all"];
const run = (id: string) => project.kpi("run", "pipeline-horario", "--run-id", id);

describe("kpi runs", () => {
  it("lists what has run, without the warehouse", async () => {
    await run("first");
    await run("second");
    removeFolder(join(project.folder, "data"));
    expect(await list()).toMatchObject([
      { id: "second", pipeline: "pipeline-horario", status: "ok", windows: { loaded: 0 }, error: null },
      { id: "first", status: "ok", windows: { loaded: 3 }, started: "2026-01-05T04:10:00Z", ended: "2026-01-05T04:10:00Z" },
    ]);
    const { stdout, stderr } = await project.kpi("runs");
    expect(stderr).toBe("");
    expect(stdout.split("\n").map((line) => line.split("  ")[0])).toEqual(["run", "second", "first", ""]);
    expect((await list("--last", "1")).map(({ id }) => id)).toEqual(["second"]);
    expect(await list("--status", "failed")).toEqual([]);
    expect((await list("--window", "2026-01-05T02:30:00Z")).map(({ id }) => id)).toEqual(["first"]);
    expect(await list("--window", "2026-01-04T02:30:00Z")).toEqual([]);
  });

  it("lists them by pipeline, by window and by how they ended", async () => {
    const other = `  other:
    every: 1h
    begin: 1h
    steps:
      made: { extract: manual_input, rows: [{ n: 1 }] }
      broken: { transform: sql, from: made, sql: "select error('broken') as n from made" }
      publish: { load: duckdb, from: broken, table: other }
`;
    project.write(
      "config/config.yaml",
      config("3h", (yaml) => yaml + other),
    );
    await run("loads");
    await project.kpi("run", "other", "--run-id", "fails");
    const ids = async (...args: string[]) => (await project.json<{ runs: RunEntry[] }>("runs", "ls", ...args)).runs.map(({ id }) => id);
    expect(await ids()).toEqual(["fails", "loads"]);
    expect(await ids("other")).toEqual(["fails"]);
    expect(await ids("--status", "failed")).toEqual(["fails"]);
    expect(await ids("--status", "ok")).toEqual(["loads"]);
    expect(await ids("--window", "2026-01-05T03:00:00Z")).toEqual(["fails", "loads"]);
    expect(await ids("--window", "2026-01-05T01:00:00Z")).toEqual(["loads"]);
    expect(await ids("pipeline-horario", "--window", "2026-01-05T03:00:00Z", "--status", "failed")).toEqual([]);
    expect((await project.kpi("runs", "ls", "othr")).code).toBe(2);
  });

  it("shows why a run failed, what to do, and what its steps put out", async () => {
    project.write(
      "config/config.yaml",
      config("3h", (yaml) => yaml.replace("co >= 0", "error('broken') is null")),
    );
    expect((await run("broken")).code).toBe(65);
    const { run: shown } = await project.json<{ run: RunDetails }>("runs", "show", "last");
    expect(shown).toMatchObject({ id: "broken", status: "failed", error: { code: "STEP_FAILED", step: "clean" } });
    expect(shown.failed).toHaveLength(3);
    const { stdout } = await project.kpi("runs", "show", "bro");
    expect(stdout).toContain("broken");
    expect(stdout).toContain(`workspace  ${join(project.folder, ".kpi/runs/broken/workspace.duckdb")}`);
    project.write("config/config.yaml", config("3h"));
    await run("mended");
    expect((await project.kpi("runs", "show", "mended", "--step", "kpi")).stdout).toMatch(/^window_start +sensor_id +co_mean/);
    expect((await project.kpi("runs", "show", "mended", "--step", "none")).code).toBe(2);
  });

  it("prints a run's events as lines, and as a document", async () => {
    await run("first");
    const { stdout } = await project.kpi("runs", "logs", "last");
    expect(stdout).toMatch(/^2026-01-05T04:10:00Z {2}pipeline-horario: 3 windows/);
    expect(stdout).toContain("✔ ended after");
    const { events } = await project.json<{ events: RunEvent[] }>("runs", "logs", "first");
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  it("follows a live run to its end, and tells of one that was killed", async () => {
    const live = project.start("run", "pipeline-horario", "--run-id", "live");
    await hasBegun(project, "live");
    live.kill("SIGSTOP");
    expect(await list("--status", "running")).toMatchObject([{ id: "live", ended: null, ms: null }]);
    const { ranges } = await project.json<HoursReport>("hours");
    expect(ranges.map(({ status, windows }) => [status, windows])).toEqual([["running", 3]]);
    const followed = project.kpi("runs", "logs", "live", "--follow");
    live.kill("SIGCONT");
    expect((await followed).stdout).toContain("ended after");

    const killed = project.start("backfill", ...JANUARY_5TH, "--run-id", "killed");
    const over = new Promise((resolve) => killed.once("exit", resolve));
    await hasBegun(project, "killed");
    killed.kill("SIGKILL");
    await over;
    expect(await list("--last", "1")).toMatchObject([{ id: "killed", status: "interrupted", ended: null }]);
    expect((await project.kpi("runs", "logs", "killed", "--follow")).stdout).toContain("The run has written no more than this");
  });

  it("removes old runs when asked", async () => {
    await run("first");
    expect(await project.json("runs", "prune")).toMatchObject({ ok: true, removed: [] });
    expect(await project.json("runs", "prune", "--older-than", "1ms")).toMatchObject({ ok: true, removed: ["first"] });
    expect(await list()).toEqual([]);
  });
});
