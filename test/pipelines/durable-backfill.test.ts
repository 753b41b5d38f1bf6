import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BackfillRange } from "../../src/core/engine.js";
import { KpiError } from "../../src/core/errors.js";
import type { BackfillRecord, RunReport } from "../../src/core/reports.js";
import { openMemoryStore } from "../support/open-memory-store.js";
import { HOUR, TestProject } from "../support/test-project.js";

let project: TestProject;
const at = (hour: string) => Date.parse(`2026-01-01T${hour}:00:00Z`);
const pipeline = () => project.windowed({ batch: 2 });
const day = (changes: Partial<BackfillRange> = {}): BackfillRange => ({ from: at("00"), to: at("08"), rerun: "all", ...changes });
const backfill = (changes?: Partial<BackfillRange>, signal = new AbortController().signal) =>
  project.run(pipeline(), { range: day(changes), signal });
const find = (id: string): Promise<BackfillRecord> => project.engine(pipeline()).backfill(pipeline(), id, new AbortController().signal);
const hours = ({ windows }: RunReport) => windows.map(({ start }) => start.slice(11, 13)).join(" ");
const begun = () => project.events.flatMap((event) => (event.type === "backfill:start" ? [event.data] : []));
const codes = () => project.events.flatMap((event) => (event.type === "warning" ? [event.data.code] : []));

/** A backfill that is stopped when it comes to an hour. */
async function stoppedAt(hour: string, changes?: Partial<BackfillRange>): Promise<RunReport> {
  const stop = new AbortController();
  project.beforeExtract = ({ start }) => {
    if (start === at(hour)) stop.abort(new KpiError("INTERRUPTED", "Stopped by SIGINT"));
  };
  const report = await backfill(changes, stop.signal);
  project.beforeExtract = () => undefined;
  return report;
}

beforeEach(async () => {
  project = new TestProject(await openMemoryStore(), "2026-01-01T10:30:00Z");
  project.fill("2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z");
});
afterEach(() => project.remove());

describe("an interrupted backfill", () => {
  it("is remembered in the warehouse, and goes on with what it has not done, though every window was to be done", async () => {
    await backfill();
    const stopped = await stoppedAt("06", { anew: true });
    const done = hours(stopped);
    expect(stopped).toMatchObject({ exit: 130, backfill: { id: stopped.run, status: "unfinished" } });
    expect(await find("last")).toMatchObject({ id: stopped.run, status: "unfinished", rerun: "all", from: "2026-01-01T00:00:00Z" });
    const resumed = await backfill({ resume: stopped.run });
    expect(`${done} ${hours(resumed)}`).toBe("00 01 02 03 04 05 06 07");
    expect(resumed).toMatchObject({ ok: true, backfill: { id: stopped.run, status: "done" } });
    expect(begun()).toMatchObject([{ id: stopped.run, resumed: true, hours: { loaded: 8, missing: 0 } }]);
    expect(await find(stopped.run)).toMatchObject({ status: "done" });
    expect(await project.query("SELECT 1 FROM warehouse.numbers GROUP BY window_start HAVING count(*) <> 2")).toEqual([]);
  });

  it("is not started over by mistake: a second start names it", async () => {
    const stopped = await stoppedAt("06");
    const second = await backfill();
    expect(second).toMatchObject({ exit: 78, error: { code: "BACKFILL_UNFINISHED", message: expect.stringContaining(stopped.run) } });
    expect(second.error?.hint).toContain(`--resume ${stopped.run}`);
    const anew = await backfill({ anew: true });
    expect(hours(anew)).toBe("00 01 02 03 04 05 06 07");
    expect(codes()).toContain("BACKFILL_REPLACED");
    expect(await find(stopped.run)).toMatchObject({ status: "replaced" });
  });

  it("may be followed by another of the same windows where that repeats nothing, which says so", async () => {
    const stopped = await stoppedAt("06", { rerun: "missing" });
    const plan = await project
      .engine(pipeline())
      .plan(pipeline(), { range: day({ rerun: "missing" }), signal: new AbortController().signal });
    expect(plan.backfill).toMatchObject({ id: null, unfinished: stopped.run });
    const second = await backfill({ rerun: "missing" });
    expect(`${hours(stopped)} ${hours(second)}`).toBe("00 01 02 03 04 05 06 07");
    expect(codes()).toContain("BACKFILL_REPLACED");
  });

  it("is found by the beginning of its id, and by no other", async () => {
    const { run } = await stoppedAt("06");
    expect(await find(run.slice(0, 12))).toMatchObject({ id: run });
    await expect(find("zz")).rejects.toMatchObject({ code: "USAGE", hint: expect.stringContaining(run) });
  });
});

describe("a window that fails in a backfill", () => {
  const failing = () => {
    project.beforeExtract = ({ start, end }) => {
      if (start <= at("03") && at("03") < end) throw new KpiError("SOURCE_TRUNCATED", "Cannot use the reply");
    };
  };

  it("leaves the others to be done, and the backfill unfinished", async () => {
    failing();
    const report = await backfill();
    expect(report.windows.map(({ status }) => status).join(" ")).toBe("loaded loaded loaded failed loaded loaded loaded loaded");
    expect(report).toMatchObject({ exit: 1, backfill: { status: "unfinished" } });
    project.beforeExtract = () => undefined;
    expect(await backfill({ resume: report.run })).toMatchObject({
      ok: true,
      windows: [{ start: "2026-01-01T03:00:00Z", status: "loaded" }],
    });
  });

  it("is narrowed down to where a span has grown long", async () => {
    project.now = at("10") + 11 * 24 * HOUR;
    project.fill("2026-01-02T00:00:00Z", "2026-01-12T00:00:00Z");
    const bad = Date.parse("2026-01-08T03:00:00Z");
    let asked = 0;
    project.beforeExtract = ({ start, end }) => {
      asked += 1;
      if (start <= bad && bad < end) throw new KpiError("SOURCE_TRUNCATED", "Cannot use the reply");
    };
    const report = await project.run(project.windowed({ longBatch: 168 }), { range: day({ to: at("00") + 11 * 24 * HOUR }) });
    expect(report.windows.filter(({ status }) => status === "failed")).toMatchObject([{ start: "2026-01-08T03:00:00Z" }]);
    expect(report.windows).toHaveLength(264);
    expect(asked).toBe(5 + 7 + 24);
  });

  it("stops it where it was told so, and it goes on from there", async () => {
    failing();
    const report = await backfill({ onFailure: "stop" });
    expect(hours(report)).toBe("00 01 02 03");
    expect(report).toMatchObject({ exit: 1, backfill: { status: "unfinished" } });
    expect(codes()).toContain("STOPPED_ON_FAILURE");
    project.beforeExtract = () => undefined;
    expect(hours(await backfill({ resume: report.run }))).toBe("03 04 05 06 07");
  });
});

describe("the order of a backfill", () => {
  it("may be the newest windows first, with the same result", async () => {
    const report = await backfill({ newestFirst: true });
    expect(hours(report)).toBe("06 07 04 05 02 03 00 01");
    expect(await project.query("SELECT 1 FROM warehouse.numbers GROUP BY window_start HAVING count(*) <> 2")).toEqual([]);
    expect(await project.query("SELECT count(*)::INTEGER AS n FROM warehouse.numbers")).toEqual([{ n: 16 }]);
  });

  it("takes of a few windows the newest", async () => {
    expect(hours(await project.run(pipeline(), { range: day({ newestFirst: true }), maxWindows: 3 }))).toBe("07 05 06");
  });

  it.each([1, 2, 4])("extracts up to %i spans side by side, and publishes them in order", async (concurrency) => {
    let now = 0;
    let most = 0;
    project.beforeExtract = async () => {
      now += 1;
      most = Math.max(most, now);
      // each of the first waits for the others, for as long as a slow machine may need
      for (let patience = 0; most < concurrency && patience < 500; patience++) await sleep(10);
      now -= 1;
    };
    const report = await backfill({ concurrency });
    expect(hours(report)).toBe("00 01 02 03 04 05 06 07");
    expect(most).toBe(concurrency);
  });

  it("cuts spans where the days, and so a source's shards, meet", async () => {
    project.now = at("10") + 24 * HOUR;
    project.fill("2026-01-02T00:00:00Z", "2026-01-02T12:00:00Z");
    await project.run(project.windowed(), { range: day({ from: at("20"), to: at("20") + 8 * HOUR }) });
    const spans = project.events.flatMap((event) => (event.type === "span:start" ? [event.data.windows] : []));
    expect(spans).toEqual([4, 4]);
  });

  it("lets spans grow up to a week, from Monday to Monday, where windows hold few points and no batch is said", async () => {
    const days = (count: number) => at("00") + count * 24 * HOUR;
    project.now = days(12);
    project.fill("2026-01-01T00:00:00Z", "2026-01-12T00:00:00Z");
    const report = await project.run(project.windowed({ longBatch: 168 }), { range: day({ to: days(11) }) });
    const spans = project.events.flatMap((event) => (event.type === "span:start" ? [event.data.windows] : []));
    expect(spans).toEqual([24, 24, 24, 24, 168]);
    expect(report.windows.filter(({ status }) => status === "loaded")).toHaveLength(264);
  });
});

describe("a run that waits for a backfill", () => {
  it("goes before the next span, however closely spans follow", async () => {
    let hourly: Promise<RunReport> | undefined;
    let published = 0;
    let before = -1;
    const every = project.windowed({ batch: 1 });
    const listener = (event: { type: string }) => {
      if (event.type === "window:end") published += 1;
    };
    project.beforeExtract = ({ start }) => {
      if (start === at("01"))
        hourly ??= project
          .engine(pipeline())
          .run(pipeline(), { listeners: [], signal: new AbortController().signal })
          .then((report) => {
            before = published;
            return report;
          });
    };
    await project
      .engine(every)
      .run(every, { range: day({ from: at("00"), to: at("09") }), listeners: [listener], signal: new AbortController().signal });
    expect(await hourly).toMatchObject({ ok: true, exit: 0 });
    expect(before).toBeLessThan(9);
  });
});
