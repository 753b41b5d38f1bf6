import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KpiError } from "../../src/core/errors.js";
import type { RunReport } from "../../src/core/reports.js";
import { openMemoryStore } from "../support/open-memory-store.js";
import { HOUR, TestProject } from "../support/test-project.js";

let project: TestProject;
beforeEach(async () => {
  project = new TestProject(await openMemoryStore(), "2026-01-01T10:30:00Z");
  project.fill("2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z");
});
afterEach(() => project.remove());

const statuses = ({ windows }: RunReport) => windows.map(({ start, status }) => `${start.slice(11, 13)} ${status}`);
const published = () =>
  project.query<{ hour: string; n: number }>(
    `SELECT strftime(window_start, '%H') AS hour, count(*) AS n FROM warehouse.numbers GROUP BY 1 ORDER BY 1`,
  );
const warnings = () => project.events.flatMap((event) => (event.type === "warning" ? [event.data.code] : []));

describe("a first run", () => {
  it("does the previous full hour where the pipeline says nothing else", async () => {
    const report = await project.run(project.windowed());
    expect(report).toMatchObject({
      ok: true,
      exit: 0,
      cursor: "2026-01-01T09:00:00Z",
      steps: [{ id: "points" }, { id: "kept" }, { id: "publish" }],
    });
    expect(report.windows).toMatchObject([
      { start: "2026-01-01T09:00:00Z", end: "2026-01-01T10:00:00Z", reason: "due", status: "loaded", source_rows: 2, rows: 2, error: null },
    ]);
    expect(await published()).toEqual([{ hour: "09", n: 2 }]);
  });

  it("starts as long ago as `begin` says, and remembers that for good", async () => {
    await project.run(project.windowed({ begin: { kind: "ago", ms: 3 * HOUR } }), { maxWindows: 1 });
    const next = await project.run(project.windowed({ begin: { kind: "ago", ms: HOUR } }));
    expect(statuses(next)).toEqual(["08 loaded", "09 loaded"]);
  });

  it("waits until an hour has settled", async () => {
    const report = await project.run(project.windowed({ settle: 31 * 60_000 }));
    expect(statuses(report)).toEqual(["08 loaded"]);
  });
});

describe("a next run", () => {
  beforeEach(async () => {
    await project.run(project.windowed());
  });

  it("has nothing to do in the same hour, and does not open the warehouse to write", async () => {
    const before = await project.query("SELECT publishes FROM warehouse._kpi.pipelines");
    const report = await project.run(project.windowed());
    expect(report).toMatchObject({ ok: true, exit: 0, windows: [], cursor: "2026-01-01T09:00:00Z" });
    expect(await project.query("SELECT publishes FROM warehouse._kpi.pipelines")).toEqual(before);
  });

  it("catches up from the cursor to the last full hour", async () => {
    project.now += 2 * HOUR;
    expect(statuses(await project.run(project.windowed()))).toEqual(["10 loaded", "11 loaded"]);
    expect(await published()).toEqual(["09", "10", "11"].map((hour) => ({ hour, n: 2 })));
  });

  it("stops at `until` and after so many windows", async () => {
    project.now += 6 * HOUR;
    expect(statuses(await project.run(project.windowed(), { until: Date.parse("2026-01-01T11:30:00Z") }))).toEqual(["10 loaded"]);
    expect(statuses(await project.run(project.windowed(), { maxWindows: 1 }))).toEqual(["11 loaded"]);
  });

  it("does not run by a clock that is behind the cursor", async () => {
    project.now -= HOUR;
    expect(await project.run(project.windowed())).toMatchObject({ ok: false, exit: 75, error: { code: "CLOCK_BEHIND" } });
  });

  it("refuses another grid under loaded windows", async () => {
    expect(await project.run(project.windowed({ every: "15m" }))).toMatchObject({ exit: 78, error: { code: "GRID_CHANGED" } });
  });

  it("refuses a table that belongs to another pipeline", async () => {
    const other = { ...project.windowed(), name: "other", stateName: "other" };
    expect(await project.run(other)).toMatchObject({ exit: 78, error: { code: "TABLE_OWNED" } });
  });

  it("tells of hours computed under another definition, and leaves them", async () => {
    const [source, kept, load] = project.windowed().steps;
    const changed = { ...kept, publicSettings: { where: "value > 1" } } as NonNullable<typeof kept>;
    const report = await project.run(project.windowed({ steps: [source, changed, load] as never }));
    expect(report.windows).toEqual([]);
    expect(warnings()).toContain("STALE");
  });
});

describe("an hour without points", () => {
  it("is recorded as empty, with a warning, and its steps do not run", async () => {
    project.points = project.points.filter(({ time }) => time < Date.parse("2026-01-01T09:00:00Z"));
    const report = await project.run(project.windowed());
    expect(report).toMatchObject({ ok: true, exit: 0, cursor: "2026-01-01T09:00:00Z" });
    expect(statuses(report)).toEqual(["09 empty"]);
    expect(warnings()).toEqual(["EMPTY_WINDOW"]);
    expect(project.transformed).toBe(0);
  });

  it("is empty too where there are points without a value", async () => {
    project.points = [{ time: Date.parse("2026-01-01T09:10:00Z"), value: null }];
    expect(statuses(await project.run(project.windowed()))).toEqual(["09 empty"]);
  });

  it("stands among hours that have some", async () => {
    project.points = project.points.filter(({ time }) => Math.floor(time / HOUR) !== Date.parse("2026-01-01T08:00:00Z") / HOUR);
    const report = await project.run(project.windowed({ begin: { kind: "ago", ms: 3 * HOUR } }));
    expect(statuses(report)).toEqual(["07 loaded", "08 empty", "09 loaded"]);
    expect(project.transformed).toBe(2);
  });

  it("is loaded with no rows, and a warning, where points came in and none went out", async () => {
    project.where = "value > 100";
    expect(statuses(await project.run(project.windowed()))).toEqual(["09 loaded"]);
    expect(warnings()).toEqual(["NO_ROWS_OUT"]);
  });
});

describe("an hour that fails by itself", () => {
  const three = () => project.windowed({ begin: { kind: "ago", ms: 3 * HOUR } });
  const breakHour = (hour: string) => {
    project.beforeExtract = ({ start, end }) => {
      const broken = Date.parse(`2026-01-01T${hour}:00:00Z`);
      if (start <= broken && broken < end) throw new KpiError("SOURCE_TRUNCATED", "Cannot use the reply", { hint: "Try again" });
    };
  };

  it("is marked failed, the others are loaded, and the cursor waits before it", async () => {
    breakHour("08");
    const report = await project.run(three());
    expect(statuses(report)).toEqual(["07 loaded", "08 failed", "09 loaded"]);
    expect(report).toMatchObject({ ok: false, exit: 1, cursor: "2026-01-01T07:00:00Z" });
    expect(report.error).toMatchObject({ code: "SOURCE_TRUNCATED", step: "points", window: "2026-01-01T08:00:00Z", hint: "Try again" });
  });

  it("is told in the ledger also where its message was cut within a character", async () => {
    project.beforeExtract = () => {
      throw new KpiError("SOURCE_TRUNCATED", "Cannot use “caf\u{1f600}".slice(0, -1));
    };
    await project.run(project.windowed());
    expect(await project.query("SELECT error_code, error FROM warehouse._kpi.attempts")).toEqual([
      { error_code: "SOURCE_TRUNCATED", error: "points: Cannot use “caf\u{fffd}" },
    ]);
  });

  it("gives the run its own exit status where no hour succeeded", async () => {
    breakHour("09");
    expect(await project.run(project.windowed())).toMatchObject({ exit: 65, cursor: null });
  });

  it("is tried again by every run, until its attempts are used up; then every run names it and ends with 1", async () => {
    breakHour("08");
    const pipeline = project.windowed({ begin: { kind: "ago", ms: 3 * HOUR }, maxAttempts: 2 });
    await project.run(pipeline);
    expect((await project.run(pipeline)).windows).toMatchObject([{ reason: "failed", status: "failed" }]);
    const report = await project.run(pipeline);
    expect(report).toMatchObject({ ok: false, exit: 1, windows: [], error: { code: "SOURCE_TRUNCATED", window: "2026-01-01T08:00:00Z" } });
    expect(warnings()).toEqual(["UNSETTLED"]);
  });

  it("heals the moment the source does", async () => {
    breakHour("08");
    await project.run(three());
    project.beforeExtract = () => undefined;
    expect(await project.run(three())).toMatchObject({
      ok: true,
      cursor: "2026-01-01T09:00:00Z",
      windows: [{ reason: "failed", status: "loaded" }],
    });
    expect(await published()).toEqual(["07", "08", "09"].map((hour) => ({ hour, n: 2 })));
  });

  it("is settled by a person who skips it", async () => {
    breakHour("08");
    await project.run(three());
    const engine = project.engine(three());
    await engine.state.skip(three(), Date.parse("2026-01-01T08:00:00Z"), { reason: "the logger was off" });
    expect(await project.run(three())).toMatchObject({ ok: true, windows: [], cursor: "2026-01-01T09:00:00Z" });
  });
});

describe("a failure of the world", () => {
  it("stops the run, marks nothing, and keeps what was committed", async () => {
    project.beforeExtract = ({ start }) => {
      if (start >= Date.parse("2026-01-01T08:00:00Z")) throw new KpiError("SOURCE_UNREACHABLE", "Cannot reach the source");
    };
    const report = await project.run(project.windowed({ begin: { kind: "ago", ms: 3 * HOUR }, batch: 1 }));
    expect(report).toMatchObject({
      ok: false,
      exit: 1,
      cursor: "2026-01-01T07:00:00Z",
      error: { code: "SOURCE_UNREACHABLE", step: "points" },
    });
    expect(await project.query("SELECT status FROM warehouse._kpi.attempts")).toEqual([{ status: "loaded" }]);
  });

  it("gives the run its own exit status where nothing was committed", async () => {
    project.beforeExtract = () => {
      throw new KpiError("CREDENTIALS_REFUSED", "Cannot read");
    };
    expect(await project.run(project.windowed())).toMatchObject({ exit: 77, windows: [] });
  });

  it("rolls back and ends with 143 when it is told to stop, however much was done", async () => {
    const controller = new AbortController();
    project.beforeExtract = ({ start }) => {
      if (start >= Date.parse("2026-01-01T08:00:00Z")) controller.abort(new KpiError("TERMINATED", "Stopped by SIGTERM"));
    };
    const report = await project.run(project.windowed({ begin: { kind: "ago", ms: 3 * HOUR }, batch: 1 }), { signal: controller.signal });
    expect(report).toMatchObject({ exit: 143, error: { code: "TERMINATED" } });
    const resumed = await project.run(project.windowed());
    expect(resumed).toMatchObject({ ok: true, cursor: "2026-01-01T09:00:00Z" });
    expect(await published()).toEqual(["07", "08", "09"].map((hour) => ({ hour, n: 2 })));
  });

  it("ends with 75 when max_duration is over", async () => {
    project.beforeExtract = () => new Promise((resolve) => setTimeout(resolve, 100));
    expect(await project.run(project.windowed({ maxDuration: 20 }))).toMatchObject({ exit: 75, error: { code: "RUN_TOO_LONG" } });
  });
});

describe("the zero-row guard", () => {
  const emptied = async () => {
    await project.run(project.windowed());
    await project.engine(project.windowed()).state.reset(project.windowed(), null, { reason: null });
    project.points = [];
  };

  it("refuses to turn rows into none, and leaves them", async () => {
    await emptied();
    const report = await project.run(project.windowed());
    expect(report).toMatchObject({ exit: 65, windows: [{ status: "refused", reason: "asked", error: { code: "ROWS_REFUSED" } }] });
    expect(await published()).toEqual([{ hour: "09", n: 2 }]);
  });

  it("remembers, so that the hour is not tried again every hour", async () => {
    await emptied();
    await project.run(project.windowed());
    project.beforeExtract = () => {
      throw new TypeError("nothing is to be extracted");
    };
    expect(await project.run(project.windowed())).toMatchObject({ exit: 1, windows: [], error: { code: "ROWS_REFUSED" } });
  });

  it("gives way to allow_empty", async () => {
    await emptied();
    await project.run(project.windowed());
    expect(await project.run(project.windowed(), { allowEmpty: true })).toMatchObject({ ok: true, windows: [{ status: "empty" }] });
    expect(await published()).toEqual([]);
  });
});

describe("two runners", () => {
  it("work one at a time: the second ends with 75 and names the first", async () => {
    let inside: RunReport | undefined;
    project.beforeExtract = async () => {
      if (inside === undefined)
        inside = await project.engine(project.windowed()).run(project.windowed(), { listeners: [], signal: new AbortController().signal });
    };
    await project.run(project.windowed());
    expect(inside).toMatchObject({ exit: 75, error: { code: "LOCKED" } });
    expect(inside?.error?.message).toContain(`process ${process.pid}`);
  });

  it("never double an hour, even without the lock: what the other has published meanwhile is planned again", async () => {
    const lockless = { name: "numbers", stateName: "another-lock" };
    let other: RunReport | undefined;
    project.beforeExtract = async () => {
      project.beforeExtract = () => undefined;
      other = await project
        .engine(project.windowed())
        .run(project.windowed(lockless), { listeners: [], signal: new AbortController().signal });
    };
    const report = await project.run(project.windowed());
    expect(other).toMatchObject({ ok: true, windows: [{ status: "loaded" }] });
    expect(report).toMatchObject({ ok: true, windows: [], cursor: "2026-01-01T09:00:00Z" });
    expect(await published()).toEqual([{ hour: "09", n: 2 }]);
    expect(await project.query("SELECT attempt, status FROM warehouse._kpi.attempts")).toEqual([{ attempt: 1, status: "loaded" }]);
  });
});

describe("a run's events", () => {
  it("are numbered without gaps and end with the one terminal event", async () => {
    const report = await project.run(project.windowed());
    expect(project.events.map(({ seq }) => seq)).toEqual(project.events.map((_, index) => index + 1));
    expect(project.events.filter(({ type }) => type === "run:end")).toEqual([project.events.at(-1)]);
    expect(project.events.every(({ run, v }) => run === report.run && v === 1)).toBe(true);
    expect(project.events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["run:start", "span:start", "step:start", "step:end", "window:end"]),
    );
  });
});
