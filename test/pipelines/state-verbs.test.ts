import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { openMemoryStore } from "../support/open-memory-store.js";
import { HOUR, TestProject } from "../support/test-project.js";

let project: TestProject;
const pipeline = () => project.windowed({ begin: { kind: "ago", ms: 3 * HOUR } });
const state = () => project.engine(pipeline()).state;
const at = (hour: string) => Date.parse(`2026-01-01T${hour}:00:00Z`);
const statuses = ({ windows }: RunReport) => windows.map(({ start, status, reason }) => `${start.slice(11, 13)} ${reason} ${status}`);
const hours = () =>
  project.query<{ hour: string }>("SELECT DISTINCT strftime(window_start, '%H') AS hour FROM warehouse.numbers ORDER BY 1");

beforeEach(async () => {
  project = new TestProject(await openMemoryStore(), "2026-01-01T10:30:00Z");
  project.fill("2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z");
  await project.run(pipeline());
});
afterEach(() => project.remove());

describe("the state", () => {
  it("is a copy of the ledger's cursor", async () => {
    expect(await state().show(pipeline())).toMatchObject({
      last_processed_hour: "2026-01-01T09:00:00Z",
      first_hour: "2026-01-01T07:00:00Z",
    });
  });

  it("is healed from the ledger where it was lost or lags", async () => {
    const lost = await project.store.read("numbers");
    await project.store.remove("numbers", lost?.version ?? "");
    expect(await project.run(pipeline())).toMatchObject({ ok: true, windows: [] });
    const there = await project.store.read("numbers");
    await project.store.write(
      "numbers",
      { last_processed_hour: "2026-01-01T07:00:00Z", first_hour: null },
      there?.version ?? null,
      "somebody",
    );
    await project.run(pipeline());
    expect(await state().show(pipeline())).toMatchObject({
      last_processed_hour: "2026-01-01T09:00:00Z",
      first_hour: "2026-01-01T07:00:00Z",
    });
  });

  it("stops the run where it is ahead of a warehouse that somebody deleted; its first hint rebuilds everything", async () => {
    rmSync(project.warehousePath);
    const report = await project.run(pipeline());
    expect(report).toMatchObject({ exit: 78, error: { code: "STATE_AHEAD" } });
    expect(report.error?.hint).toContain("kpi state reset numbers --from 2026-01-01T07:00:00Z --yes && kpi run numbers");
    await state().reset(pipeline(), at("07"), { reason: null });
    expect(statuses(await project.run(pipeline()))).toEqual(["07 due loaded", "08 due loaded", "09 due loaded"]);
    expect(await hours()).toHaveLength(3);
  });

  it("may take the hours of a deleted warehouse as done elsewhere: its second hint adopts them", async () => {
    rmSync(project.warehousePath);
    expect((await project.run(pipeline())).error?.hint).toContain("kpi state set numbers 2026-01-01T09:00:00Z --adopt --yes");
    const change = await state().set(pipeline(), at("09"), { adopt: true, reason: null });
    expect(change.marked).toEqual({ status: "adopted", windows: 3 });
    project.now += HOUR;
    expect(statuses(await project.run(pipeline()))).toEqual(["10 due loaded"]);
  });

  it("stops the run where the published table is gone, and offers the rebuild alone", async () => {
    const { openWorkspace } = await import("../../src/duckdb/open-workspace.js");
    const { databaseFiles } = await import("../../src/duckdb/fence.js");
    const { openWarehouse } = await import("../../src/duckdb/open-warehouse.js");
    const workspace = await openWorkspace({
      scratch: `${project.folder}/drop`,
      fence: { folders: [], files: databaseFiles(project.warehousePath) },
    });
    await openWarehouse({ workspace, path: project.warehousePath, wait: 0 }).publish(
      async ({ db }) => void (await db.run("DROP TABLE warehouse.numbers")),
    );
    await workspace.close();
    const report = await project.run(pipeline());
    expect(report).toMatchObject({ exit: 78, error: { code: "STATE_AHEAD" } });
    expect(report.error?.hint).toBe("To rebuild it: kpi state reset numbers --from 2026-01-01T07:00:00Z --yes && kpi run numbers");
    await state().reset(pipeline(), at("07"), { reason: null });
    expect(statuses(await project.run(pipeline()))).toEqual(["07 asked loaded", "08 asked loaded", "09 asked loaded"]);
  });
});

describe("state set", () => {
  it("forward marks the hours between as skipped, so that a run goes on after them", async () => {
    project.now += 2 * HOUR;
    const change = await state().set(pipeline(), at("10"), { adopt: false, reason: "a test" });
    expect(change).toMatchObject({ marked: { status: "skipped", windows: 1 }, state: { last_processed_hour: "2026-01-01T10:00:00Z" } });
    expect(statuses(await project.run(pipeline()))).toEqual(["11 due loaded"]);
  });

  it("back reopens the hours after it, whose rows stay until they are replaced", async () => {
    const change = await state().set(pipeline(), at("07"), { adopt: false, reason: null });
    expect(change).toMatchObject({ marked: { status: "reopened", windows: 2 }, state: { last_processed_hour: "2026-01-01T07:00:00Z" } });
    expect(await hours()).toHaveLength(3);
    project.fill("2026-01-01T08:00:00Z", "2026-01-01T10:00:00Z", 1);
    expect(statuses(await project.run(pipeline()))).toEqual(["08 asked loaded", "09 asked loaded"]);
    expect(await project.query("SELECT count(*)::INTEGER AS n FROM warehouse.numbers")).toEqual([{ n: 2 + 3 + 3 }]);
  });

  it("refuses an hour that is not one of the grid's, or has not ended", async () => {
    await expect(state().set(pipeline(), at("09") + 60_000, { adopt: false, reason: null })).rejects.toMatchObject({ code: "USAGE" });
    await expect(state().set(pipeline(), at("10"), { adopt: false, reason: null })).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("state reset", () => {
  it("reopens everything from an hour on", async () => {
    const change = await state().reset(pipeline(), at("08"), { reason: null });
    expect(change).toMatchObject({ marked: { windows: 2 }, state: { last_processed_hour: "2026-01-01T07:00:00Z" } });
    expect(statuses(await project.run(pipeline()))).toEqual(["08 asked loaded", "09 asked loaded"]);
  });

  it("moves the first hour back where the reset begins before it", async () => {
    await state().reset(pipeline(), at("05"), { reason: null });
    expect(await state().show(pipeline())).toMatchObject({ last_processed_hour: null, first_hour: "2026-01-01T05:00:00Z" });
    expect(statuses(await project.run(pipeline()))).toEqual(
      ["05 due", "06 due", "07 asked", "08 asked", "09 asked"].map((hour) => `${hour} loaded`),
    );
  });
});

describe("state skip", () => {
  it("refuses an hour that is processed already", async () => {
    await expect(state().skip(pipeline(), at("08"), { reason: "no" })).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("a workflow", () => {
  it("runs once when asked, replaces what it published, and has no cursor", async () => {
    const workflow = project.workflow({ steps: pipeline().steps });
    const other = {
      ...workflow,
      steps: workflow.steps.map((step) => (step.role === "load" ? { ...step, settings: { table: "all_numbers" } } : step)),
    };
    expect(await project.run(other)).toMatchObject({ ok: true, exit: 0, windows: [], cursor: null });
    await project.run(other);
    expect(await project.query("SELECT count(*)::INTEGER AS n FROM warehouse.all_numbers")).toEqual([{ n: 24 }]);
    expect(await project.query("SELECT attempt, status, rows FROM warehouse._kpi.attempts WHERE window_start IS NULL ORDER BY 1")).toEqual([
      { attempt: 1, status: "loaded", rows: 24 },
      { attempt: 2, status: "loaded", rows: 24 },
    ]);
    project.points = [];
    expect(await project.run(other)).toMatchObject({ ok: false, exit: 65, error: { code: "ROWS_REFUSED" } });
    await expect(project.engine(other).state.reset(other, null, { reason: null })).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("the locks of a pipeline", () => {
  it.each(["windowed", "workflow"] as const)("of a %s are taken away from exactly the holders that were seen", async (kind) => {
    const locked = kind === "windowed" ? pipeline() : project.workflow();
    const { state: verbs } = project.engine(locked);
    expect(await verbs.locks(locked)).toEqual([]);
    const first = await project.store.lock(locked.stateName, { owner: "run 1", ttl: 60_000 });
    await project.store.lock(`${locked.stateName}/backfill`, { owner: "backfill 2", ttl: 60_000 });
    const seen = await verbs.locks(locked);
    expect(seen.map(({ owner }) => owner)).toEqual(["run 1", "backfill 2"]);
    await first.release();
    await project.store.lock(locked.stateName, { owner: "run 3", ttl: 60_000 });
    expect((await verbs.unlock(locked, seen, { reason: null })).map(({ owner }) => owner)).toEqual(["backfill 2"]);
    expect((await verbs.locks(locked)).map(({ owner }) => owner)).toEqual(["run 3"]);
  });
});

describe("a plan", () => {
  it("is what the run will do, and writes nothing", async () => {
    project.now += 2 * HOUR;
    const plan = await project.engine(pipeline()).plan(pipeline(), { signal: new AbortController().signal });
    const before = await project.query("SELECT * FROM warehouse._kpi.attempts");
    expect(plan).toMatchObject({ cursor: "2026-01-01T09:00:00Z", horizon: "2026-01-01T12:00:00Z" });
    expect(await project.query("SELECT * FROM warehouse._kpi.attempts")).toEqual(before);
    const report = await project.run(pipeline());
    expect(plan.windows).toEqual(report.windows.map(({ start, end, reason }) => ({ start, end, reason })));
  });
});
