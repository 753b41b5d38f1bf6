import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openPaint } from "../../src/cli/colour.js";
import { createLineReporter } from "../../src/cli/reporters/line-reporter.js";
import { Progress } from "../../src/cli/reporters/progress.js";
import type { RunOptions } from "../../src/core/engine.js";
import type { RunEvent } from "../../src/core/events.js";
import { tell } from "./support/fake-app.js";
import { kpi } from "./support/kpi.js";
import { errorReport, hour, hours, runReport } from "./support/reports.js";

type Told = Parameters<typeof tell>[1];

const START: Told[number] = {
  type: "run:start",
  data: { every: "1h", flow: "co → kpi", windows: 3, from: "2026-01-01T00:00:00Z", to: "2026-01-01T03:00:00Z" },
};

function spanOf(windows: ReturnType<typeof hours>): Told {
  const [first, last] = [windows[0], windows.at(-1)];
  const span = { start: first?.start ?? "", end: last?.end ?? "", windows: windows.length };
  return [{ type: "span:start", data: span }, ...windows.map((data) => ({ type: "window:end", data }) as const)];
}

const STEP: Told = [
  { type: "step:start", step: "co", data: { type: "influxdb" } },
  { type: "step:progress", step: "co", data: { rows: 34_000 } },
  { type: "step:end", step: "co", data: { status: "done", rows: 34_560, ms: 120 } },
];

function telling(events: Told, report = runReport()) {
  return {
    run(_: unknown, options: RunOptions) {
      tell(options, events);
      return report;
    },
  };
}

describe("a run off a terminal", () => {
  it("gets a line when it starts and one for each span", async () => {
    const { stderr } = await kpi("run", telling([START, ...spanOf([hour(0)]), ...spanOf(hours(24))]));
    expect(stderr).toBe(
      "pipeline-horario: 3 windows, 2026-01-01T00:00:00Z → 2026-01-01T03:00:00Z\n" +
        "  2026-01-01T00:00:00Z  loaded  8,640 values, 8 rows\n" +
        "  2026-01-01T00:00:00Z → 2026-01-02T00:00:00Z  24 windows loaded  207,360 values, 192 rows\n",
    );
  });

  it("gets a line at once for a window that went wrong, and for a span that broke off", async () => {
    const failed = hour(1, { status: "failed", error: errorReport() });
    const broken: Told = [
      { type: "span:start", data: { start: "a", end: "b", windows: 3 } },
      { type: "window:end", data: hour(0) },
    ];
    const { stderr } = await kpi("run", telling([...broken, { type: "window:end", data: failed }, ...spanOf([hour(2)])]));
    expect(stderr.split("\n").map((line) => line.trim().split("  ")[1])).toEqual(["loaded", "failed", "loaded", undefined]);
    expect(stderr).toContain("failed  Cannot read the reply: it ends early (SOURCE_TRUNCATED)");
  });

  it("tells warnings always, steps and logs with -v, nothing else with -q", async () => {
    const warning: Told = [{ type: "warning", step: "co", data: { code: "NO_ROWS_OUT", message: "no rows came out" } }];
    const events = telling([START, ...STEP, { type: "log", data: { message: "hello" } }, ...warning, ...spanOf([hour(0)])]);
    const line = "warning: no rows came out (NO_ROWS_OUT, step co)\n";
    expect(await kpi("run -q", events)).toMatchObject({ stdout: "", stderr: line });
    const verbose = await kpi("run -v", events);
    expect(verbose.stderr).toContain(line);
    expect(verbose.stderr).toContain("    co: done, 34,560 rows in 120 ms\n    hello\n");
    expect((await kpi("run", events)).stderr).not.toContain("hello");
  });

  it("says that nothing is due", async () => {
    const steps = [{ id: "co", status: "skipped", rows: 0, ms: 0 } as const];
    const { stdout } = await kpi("run", { run: () => runReport({ steps }) });
    expect(stdout).toBe("✔ pipeline-horario: nothing is due\n  last processed 2026-01-01T11:00:00Z\n");
  });

  it("streams its events with --events or KPI_LOG=json, each a line of JSON on stderr, and nothing else there", async () => {
    const events = telling([START, ...STEP, ...spanOf([hour(0)])]);
    for (const [typed, env] of [
      ["run --events --json", {}],
      ["run --json", { KPI_LOG: "json" }],
    ] as const) {
      const { stdout, stderr } = await kpi(typed, events, { env });
      const lines = stderr
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as RunEvent);
      expect(lines.map(({ seq, type }) => `${seq} ${type}`)).toEqual([
        "1 run:start",
        "2 step:start",
        "3 step:progress",
        "4 step:end",
        "5 span:start",
        "6 window:end",
      ]);
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, run: "run-1" });
    }
  });

  it("tells errors as events, too, with --events", async () => {
    const { stderr } = await kpi("run --events", {
      run() {
        throw new Error("boom");
      },
    });
    expect(JSON.parse(stderr)).toMatchObject({ v: 1, type: "error", data: { code: "INTERNAL", message: "boom" } });
  });
});

describe("a run on a terminal", () => {
  const events = telling([START, ...STEP, ...spanOf([hour(0)])]);
  const sequence = "\u001b[";

  it("turns a wheel with the counts beside it", async () => {
    const { stderr } = await kpi("run --no-color", events, { tty: true });
    expect(stderr).toContain(sequence);
  });

  it.each([
    ["with --json", "run --json", {}, {}],
    ["with --quiet", "run -q", {}, {}],
    ["with --events", "run --events", {}, {}],
    ["in CI", "run --no-color", { CI: "true" }, {}],
    ["on a dumb terminal", "run", { TERM: "dumb" }, {}],
    ["without columns", "run --no-color", {}, { columns: 0 }],
  ])("has no wheel %s", async (_, typed, env, screen) => {
    const { stderr } = await kpi(`${typed} --no-color`, events, { env, tty: true, ...screen });
    expect(stderr).not.toContain(sequence);
  });
});

describe("progress", () => {
  it("says how far a run has come, and how fast", () => {
    let time = 0;
    const progress = new Progress(() => time);
    const options = { listeners: [(event: RunEvent) => progress.update(event)], signal: AbortSignal.abort() };
    tell(options, [START, ...spanOf([hour(0)])]);
    tell(options, [{ type: "step:start", step: "co", data: { type: "influxdb" } }]);
    time = 2_000;
    tell(options, [{ type: "step:progress", step: "co", data: { rows: 34_000 } }]);
    expect(progress.text()).toBe("pipeline-horario  1/3 windows, 0.5/s, 4.0 s left  2026-01-01T00:00:00Z  co: 34,000 rows, 17,000/s");
  });
});

describe("the heartbeat", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("gives a sign of life when nothing was said for a while, and ends with the run", async () => {
    let said = "";
    const paint = await openPaint(false);
    const reporter = createLineReporter("spans", paint, (text) => {
      said += text;
    });
    const options = { listeners: [reporter.listener], signal: AbortSignal.abort() };
    tell(options, STEP);
    vi.advanceTimersByTime(29_999);
    expect(said).toBe("");
    vi.advanceTimersByTime(1);
    expect(said).toContain("still working: co: 34,000 rows");
    reporter.stop();
    vi.advanceTimersByTime(300_000);
    expect(said.match(/still working/g)).toHaveLength(1);
  });
});

describe("the summary of a run", () => {
  it("lists the windows, one a line", async () => {
    const windows = [hour(0), hour(1, { status: "empty", source_rows: 0, rows: 0 })];
    const { stdout } = await kpi("run", { run: () => runReport({ windows }) });
    expect(stdout).toBe(
      "✔ pipeline-horario: 1 window loaded, 1 empty; 8,640 values, 8 rows; 412 ms\n" +
        "  2026-01-01T00:00:00Z  loaded  8,640 values, 8 rows\n" +
        "  2026-01-01T01:00:00Z  empty  0 values, 0 rows\n" +
        "  last processed 2026-01-01T11:00:00Z\n",
    );
  });

  it("joins many windows into ranges", async () => {
    const windows = [...hours(40), hour(40, { status: "skipped" }), hour(41)];
    const { stdout } = await kpi("run", { run: () => runReport({ windows }) });
    expect(stdout.split("\n")).toHaveLength(6);
    expect(stdout).toContain("2026-01-01T00:00:00Z → 2026-01-02T16:00:00Z  40 windows loaded");
  });

  it("tells a few failures in full and counts the rest", async () => {
    const windows = hours(8).map((window, index) => ({
      ...window,
      status: "failed" as const,
      error: errorReport({ message: `No ${index}` }),
    }));
    const { stderr } = await kpi("run", { run: () => runReport({ ok: false, exit: 65, windows, error: errorReport() }) });
    expect(stderr.match(/error: No /g)).toHaveLength(5);
    expect(stderr).toContain("and 3 more failed windows\n");
  });

  it("tells a failure of many windows once, without amounts, and where to look", async () => {
    const error = errorReport({ code: "STEP_FAILED", hint: null, retryable: false });
    const windows = hours(8, { status: "failed", source_rows: 0, rows: 0, error });
    const { stderr } = await kpi("run", { run: () => runReport({ ok: false, exit: 65, windows, error }) });
    expect(stderr).toContain("✖ pipeline-horario: 8 windows failed; 412 ms\n  2026-01-01T00:00:00Z  failed\n");
    expect(stderr.match(/error: /g)).toHaveLength(1);
    expect(stderr).toContain("  Try: kpi runs show run-1\n  and the same of 7 more windows, the last 2026-01-01T07:00:00Z\n");
  });

  it("of a run that the world stopped ends with that error", async () => {
    const error = errorReport({ code: "SOURCE_UNREACHABLE", message: "Cannot reach it: refused", hint: null, step: null });
    const { stderr, status } = await kpi("run", { run: () => runReport({ ok: false, exit: 69, error }) });
    expect(status).toBe(69);
    expect(stderr).toContain("✖ pipeline-horario: stopped after 412 ms\n");
    expect(stderr).toContain("error: Cannot reach it: refused (SOURCE_UNREACHABLE)\n  Try: the same command again, later\n");
  });

  it("of a workflow lists its steps and what its outputs hold", async () => {
    const steps = [{ id: "ask", status: "done", rows: 1, ms: 3 } as const];
    const report = runReport({ cursor: null, steps, outputs: { answer: { n: 1 } } });
    const { stdout } = await kpi("run", { run: () => report });
    expect(stdout).toBe('✔ pipeline-horario: done in 412 ms\n  ask  done  1 row in 3 ms\nanswer: {\n  "n": 1\n}\n');
  });
});
