import type { ChildProcess } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/core/events.js";
import type { PlanReport, RunReport } from "../../src/core/reports.js";
import { removeFolder } from "../support/find-secrets.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject({ hours: 13, begin: "previous" });
});
afterEach(() => project.remove());

const backfill = (...args: string[]) => project.json<RunReport>("backfill", "pipeline-horario", ...args);

const stretch = ["--from", "2026-01-04T16:00:00Z", "--to", "2026-01-05T04:00:00Z"];
const TWICE_AT_MOST = "SELECT 1 FROM kpi.kpi_horario GROUP BY window_start, sensor_id HAVING count(*) > 1";

/** Makes of a backfill many spans. */
function slow(): void {
  project.write(
    "config/config.yaml",
    config("previous", (yaml) => yaml.replace("settle: 5m", "settle: 5m\n    batch: 1").replace("wait: 0s", "wait: 30s")),
  );
}

/** Waits until a backfill has published something. */
async function firstSpan(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => child.stderr?.on("data", (chunk) => String(chunk).includes("loaded  ") && resolve()));
}

describe("kpi backfill", () => {
  it("does what is missing in a stretch of time, says so beforehand, and then has nothing to do", async () => {
    await project.kpi("run", "pipeline-horario");
    const stretch = ["--from", "2026-01-04T20:00:00Z", "--to", "2026-01-05T02:00:00Z"];
    const plan = await project.json<PlanReport>("backfill", "pipeline-horario", ...stretch, "--dry-run");
    const report = await backfill(...stretch);
    expect(report).toMatchObject({ code: 0, ok: true, cursor: "2026-01-05T03:00:00Z" });
    expect(report.windows).toHaveLength(6);
    expect(plan.windows).toEqual(report.windows.map(({ start, end, reason }) => ({ start, end, reason })));
    expect(await backfill(...stretch)).toMatchObject({ code: 0, windows: [] });
  });

  it("handles hours together, but not over a midnight, where the shards of a source meet", async () => {
    const { stderr } = await project.kpi("backfill", "pipeline-horario", ...stretch, "--events");
    const events = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent);
    expect(events.flatMap((event) => (event.type === "span:start" ? [[event.data.start, event.data.windows]] : []))).toEqual([
      ["2026-01-04T16:00:00Z", 8],
      ["2026-01-05T00:00:00Z", 4],
    ]);
  });

  it("does a day again with the very same result", async () => {
    await backfill("--from", "2026-01-05", "--to", "2026-01-05T04:00:00Z");
    const before = await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY window_start, sensor_id");
    expect(await backfill("--from", "2026-01-05", "--to", "2026-01-05T04:00:00Z", "--rerun", "all")).toMatchObject({ code: 0 });
    expect(await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY window_start, sensor_id")).toEqual(before);
  });

  it("says what it finds, what it will do and what to call it; a dry run writes nothing", async () => {
    await project.kpi("run", "pipeline-horario");
    const stretch = ["--from", "2026-01-05", "--to", "2026-01-05T04:00:00Z"];
    const dry = await project.kpi("backfill", "pipeline-horario", ...stretch, "--dry-run");
    expect(dry.stdout).toContain("1 loaded, 3 missing (--rerun missing)");
    const { stderr } = await project.kpi("backfill", "pipeline-horario", ...stretch);
    expect(stderr).toMatch(/1 loaded, 3 missing \(--rerun missing\)\n {2}backfill [0-9a-f-]{36}\n/);
    expect(await tables(project, "SELECT event FROM kpi._kpi.backfills ORDER BY event")).toEqual([{ event: "begun" }, { event: "done" }]);
  });

  it("counts what it finds by how it stands: loaded, empty, failed, missing", async () => {
    appendFileSync(join(project.folder, "sample/sensors/2026-01-04T23.lp"), "this is no line\n");
    await backfill("--from", "2026-01-04T11:00:00Z", "--to", "2026-01-04T14:00:00Z");
    await project.kpi("run", "pipeline-horario");
    await backfill("--from", "2026-01-04T23:00:00Z", "--to", "2026-01-05T01:00:00Z");
    const plan = await project.json<PlanReport>("backfill", "--from", "2026-01-04T11:00:00Z", "--to", "2026-01-05T04:00:00Z", "--dry-run");
    expect(plan.backfill?.hours).toMatchObject({ loaded: 3, empty: 2, failed: 1, missing: 11 });
  });

  it("stopped by a signal, goes on from another machine, by what the warehouse remembers", async () => {
    slow();
    await backfill(...stretch);
    const child = project.start("backfill", "pipeline-horario", ...stretch, "--rerun", "all");
    await firstSpan(child);
    child.kill("SIGTERM");
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(143);
    const second = await project.kpi("backfill", "pipeline-horario", ...stretch, "--rerun", "all");
    expect(second.code).toBe(78);
    const [, id = ""] = /--resume ([0-9a-f-]{36})/.exec(second.stderr) ?? [];
    removeFolder(join(project.folder, ".kpi"));
    const resumed = await backfill("--resume", id);
    expect(resumed).toMatchObject({ code: 0, ok: true, backfill: { id, status: "done" } });
    expect(resumed.windows.length).toBeGreaterThan(0);
    expect(resumed.windows.length).toBeLessThan(12);
    expect(await tables(project, TWICE_AT_MOST)).toEqual([]);
    // what was committed before the signal was not done once more
    expect(await tables(project, "SELECT count(*)::INTEGER AS n FROM kpi._kpi.attempts GROUP BY window_start")).toEqual(
      Array(12).fill({ n: 2 }),
    );
    expect((await project.kpi("backfill", "pipeline-horario", "--resume", id)).stderr).toContain("it is done");
  });

  it("takes the newest first, side by side, and leaves the very same tables", async () => {
    await backfill(...stretch);
    const before = await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY window_start, sensor_id");
    slow();
    const report = await backfill(...stretch, "--rerun", "all", "--newest-first", "--concurrency", "4");
    const starts = report.windows.map(({ start }) => start);
    expect(starts).toEqual([...starts].sort().reverse());
    expect(await tables(project, "SELECT * FROM kpi.kpi_horario ORDER BY window_start, sensor_id")).toEqual(before);
  });

  it("stops at the first failure where it is told so, and goes on when that is mended", async () => {
    slow();
    const broken = join("sample", "sensors", "2026-01-04T21.lp");
    const sound = project.read(broken);
    project.write(broken, `${sound}this is no line\n`);
    const report = await backfill(...stretch, "--on-failure", "stop");
    expect(report).toMatchObject({ code: 1, backfill: { status: "unfinished" } });
    expect(report.windows.map(({ status }) => status)).toEqual(["loaded", "loaded", "loaded", "failed"]);
    project.write(broken, sound);
    expect(await backfill("--resume", "last")).toMatchObject({ code: 0, backfill: { status: "done" } });
    expect(await tables(project, "SELECT count(DISTINCT window_start)::INTEGER AS n FROM kpi.kpi_horario")).toEqual([{ n: 12 }]);
  });

  it("lets an hourly run do its hour meanwhile", async () => {
    slow();
    const child = project.start("backfill", "pipeline-horario", ...stretch, "--json");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await firstSpan(child);
    expect(await project.json<RunReport>("run", "pipeline-horario")).toMatchObject({ code: 0, ok: true, cursor: "2026-01-05T03:00:00Z" });
    expect(await ended).toBe(0);
    expect(await tables(project, TWICE_AT_MOST)).toEqual([]);
  });

  it("shows hours of an older definition, which a run leaves alone, and refreshes them when asked", async () => {
    await backfill(...stretch);
    await project.kpi("run", "pipeline-horario");
    project.write(
      "config/config.yaml",
      config("previous", (yaml) => yaml.replace("co >= 0", "co >= -1")),
    );
    expect(await project.json<PlanReport>("plan", "pipeline-horario")).toMatchObject({ windows: [], stale: 12 });
    expect((await project.kpi("plan", "pipeline-horario")).stdout).toContain("12 windows computed under an older definition");
    expect((await project.kpi("backfill", ...stretch, "--rerun", "stale", "--dry-run")).stdout).toContain("12 stale (--rerun stale)");
    expect((await backfill(...stretch, "--rerun", "stale")).windows).toHaveLength(12);
    expect(await project.json<PlanReport>("plan", "pipeline-horario")).toMatchObject({ stale: 0 });
    const definitions = "SELECT count(*)::INTEGER AS n FROM kpi._kpi.attempts GROUP BY definition ORDER BY n";
    expect(await tables(project, definitions)).toEqual([{ n: 12 }, { n: 12 }]);
  });

  it("goes on where a kill stopped it", async () => {
    const child = project.start("backfill", "pipeline-horario", ...stretch);
    await new Promise<void>((resolve) => child.stderr?.once("data", () => resolve()));
    child.kill("SIGKILL");
    expect(await backfill(...stretch)).toMatchObject({ code: 0, ok: true });
    expect(await tables(project, "SELECT count(DISTINCT window_start)::INTEGER AS n FROM kpi.kpi_horario")).toEqual([{ n: 12 }]);
    expect(await tables(project, "SELECT 1 FROM kpi.kpi_horario GROUP BY window_start, sensor_id HAVING count(*) > 1")).toEqual([]);
  });

  it("wants both bounds, on the grid", async () => {
    expect((await project.kpi("backfill", "--from", "2026-01-05")).code).toBe(2);
    const { code, stderr } = await project.kpi("backfill", "--from", "2026-01-05T00:30:00Z", "--to", "2026-01-05T04:00:00Z");
    expect(code).toBe(2);
    expect(stderr).toContain("2026-01-05T00:00:00Z");
    expect((await project.kpi("backfill", "--from", "2026-01-05", "--to", "2026-01-06", "--rerun", "some")).code).toBe(2);
  });
});
