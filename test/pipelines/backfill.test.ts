import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BackfillRange } from "../../src/core/engine.js";
import { KpiError } from "../../src/core/errors.js";
import type { Rerun, RunReport } from "../../src/core/reports.js";
import { openMemoryStore } from "../support/open-memory-store.js";
import { HOUR, TestProject } from "../support/test-project.js";

let project: TestProject;
const pipeline = () => project.windowed({ begin: { kind: "ago", ms: 3 * HOUR } });
const at = (hour: string) => Date.parse(`2026-01-01T${hour}:00:00Z`);
const range = (from: string, to: string, rerun: Rerun = "missing"): BackfillRange => ({ from: at(from), to: at(to), rerun });
const backfill = (from: string, to: string, rerun?: Rerun) => project.run(pipeline(), { range: range(from, to, rerun) });
const statuses = ({ windows }: RunReport) => windows.map(({ start, status, reason }) => `${start.slice(11, 13)} ${reason} ${status}`);

beforeEach(async () => {
  project = new TestProject(await openMemoryStore(), "2026-01-01T10:30:00Z");
  project.fill("2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z");
});
afterEach(() => project.remove());

describe("a backfill", () => {
  it("does hours before the first one, and moves neither that nor the cursor", async () => {
    await project.run(pipeline());
    const report = await backfill("04", "07");
    expect(statuses(report)).toEqual(["04 missing loaded", "05 missing loaded", "06 missing loaded"]);
    expect(report).toMatchObject({ ok: true, exit: 0, cursor: "2026-01-01T09:00:00Z" });
    expect(await project.engine(pipeline()).state.show(pipeline())).toMatchObject({ first_hour: "2026-01-01T07:00:00Z" });
    expect(await backfill("04", "07")).toMatchObject({ ok: true, windows: [] });
  });

  it("does again what is asked for, and doubles nothing", async () => {
    await project.run(pipeline());
    project.points.push({ time: at("08") + 1, value: 7 });
    expect(statuses(await backfill("07", "10", "all"))).toEqual(["07 asked loaded", "08 asked loaded", "09 asked loaded"]);
    expect(await project.query("SELECT count(*)::INTEGER AS n FROM warehouse.numbers")).toEqual([{ n: 7 }]);
  });

  it("grows the prefix where it closes a hole", async () => {
    project.beforeExtract = ({ start, end }) => {
      if (start <= at("08") && at("08") < end) throw new KpiError("SOURCE_TRUNCATED", "Cannot use the reply");
    };
    expect(await project.run(project.windowed({ begin: { kind: "ago", ms: 3 * HOUR }, maxAttempts: 1 }))).toMatchObject({
      cursor: "2026-01-01T07:00:00Z",
    });
    project.beforeExtract = () => undefined;
    const exhausted = project.windowed({ begin: { kind: "ago", ms: 3 * HOUR }, maxAttempts: 1 });
    expect(await project.run(exhausted, { range: range("07", "10") })).toMatchObject({ exit: 1, windows: [] });
    expect(await project.run(exhausted, { range: range("07", "10", "failed") })).toMatchObject({
      ...{ ok: true, cursor: "2026-01-01T09:00:00Z", windows: [{ reason: "failed", status: "loaded" }] },
    });
  });

  it("refreshes hours of an older definition, and no others", async () => {
    await project.run(pipeline());
    const [source, kept, load] = pipeline().steps;
    const changed = { ...pipeline(), steps: [source, { ...kept, publicSettings: { where: "value > 1" } }, load] as never };
    expect(statuses(await project.run(changed, { range: range("07", "09", "stale") }))).toEqual(["07 stale loaded", "08 stale loaded"]);
    expect(statuses(await project.run(changed, { range: range("07", "10", "stale") }))).toEqual(["09 stale loaded"]);
  });

  it("on an empty warehouse loads the hours and leaves the beginning to the first run", async () => {
    expect(await backfill("02", "04")).toMatchObject({ ok: true, cursor: null });
    expect(statuses(await project.run(pipeline()))).toEqual(["07 due loaded", "08 due loaded", "09 due loaded"]);
    expect(await project.engine(pipeline()).state.show(pipeline())).toMatchObject({ first_hour: "2026-01-01T07:00:00Z" });
  });

  it("leaves out what has not settled, and names it", async () => {
    expect(statuses(await backfill("09", "12"))).toEqual(["09 due loaded"]);
    expect(project.events.flatMap((event) => (event.type === "warning" ? [event.data.code] : []))).toContain("NOT_SETTLED");
  });

  it.each([
    ["bounds that are no windows'", { from: at("09") + 1, to: at("10") }],
    ["an empty range", { from: at("09"), to: at("09") }],
  ])("refuses %s", async (_, bounds) => {
    expect(await project.run(pipeline(), { range: { ...bounds, rerun: "missing" } })).toMatchObject({ exit: 2, error: { code: "USAGE" } });
  });
});

describe("a run that meets a backfill", () => {
  it("does its hour between two spans, and neither fails", async () => {
    let hourly: Promise<RunReport> | undefined;
    const listeners = { listeners: [], signal: new AbortController().signal };
    project.beforeExtract = () => {
      hourly ??= project.engine(pipeline()).run(pipeline(), listeners);
    };
    const report = await project.run(project.windowed({ batch: 1 }), { range: range("00", "06") });
    expect(report).toMatchObject({ ok: true, exit: 0 });
    expect(report.windows).toHaveLength(6);
    expect(await hourly).toMatchObject({ ok: true, exit: 0, cursor: "2026-01-01T09:00:00Z" });
    expect(await project.query("SELECT window_start FROM warehouse.numbers GROUP BY 1 HAVING count(*) <> 2")).toEqual([]);
  });

  it("is a second backfill: one works, the other ends with 75 and names it", async () => {
    let second: RunReport | undefined;
    project.beforeExtract = async () => {
      project.beforeExtract = () => undefined;
      second = await project
        .engine(pipeline())
        .run(pipeline(), { listeners: [], signal: new AbortController().signal, range: range("00", "02") });
    };
    await backfill("02", "04");
    expect(second).toMatchObject({ exit: 75, error: { code: "LOCKED", message: expect.stringContaining("backfill") } });
  });
});
