import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/core/events.js";
import { kpi } from "./support/kpi.js";
import { errorReport, hour, runDetails, runReport } from "./support/reports.js";

const NONE = { loaded: 0, empty: 0, failed: 0, refused: 0, skipped: 0 };
const FAILED = runDetails({
  ...{ id: "run-2", status: "failed", windows: { ...NONE, loaded: 1, failed: 1 }, error: errorReport({ window: "2026-01-01T01:00:00Z" }) },
  failed: [hour(1, { status: "failed", error: errorReport({ window: "2026-01-01T01:00:00Z" }) })],
  workspace: "/project/.kpi/runs/run-2/workspace.duckdb",
});
const BROKEN = runDetails({
  id: "run-3",
  status: "interrupted",
  ended: null,
  ms: null,
  events: 0,
  windows: NONE,
  pipeline: null,
  samples: [],
});

describe("`kpi runs`", () => {
  it("lists the newest, one a line", async () => {
    const { stdout, asked } = await kpi("runs", { runs: [BROKEN, FAILED, runDetails()] });
    expect(asked).toEqual([["runs.list", { most: 20 }]]);
    expect(stdout).toBe(
      "run    pipeline          started               took    status       windows             error\n" +
        "run-3  ?                 2026-01-01T12:00:00Z          interrupted  no events\n" +
        "run-2  pipeline-horario  2026-01-01T12:00:00Z  412 ms  failed       1 loaded, 1 failed  SOURCE_TRUNCATED\n" +
        "run-1  pipeline-horario  2026-01-01T12:00:00Z  412 ms  ok           12 loaded\n",
    );
    expect((await kpi("runs")).stdout).toContain("No such run is kept");
  });

  it("narrows the list by pipeline, status and time", async () => {
    const { asked } = await kpi("runs ls pipeline-horario --status failed --last 1d --now 2026-01-02T00:00:00Z");
    expect(asked).toEqual([["runs.list", { pipeline: "pipeline-horario", status: "failed", since: Date.parse("2026-01-01T00:00:00Z") }]]);
    expect((await kpi("runs --status odd")).status).toBe(2);
    expect(await kpi("runs nobody")).toMatchObject({ status: 2, stderr: expect.stringContaining("nobody") });
  });

  it("shows one with its steps, its failures with what to do, and what it has left", async () => {
    const { stdout } = await kpi("runs show run-2", { runs: [FAILED] });
    expect(stdout).toBe(
      "pipeline-horario  run-2  failed\n" +
        "  started  2026-01-01T12:00:00Z\n" +
        "  ended    2026-01-01T12:00:01Z, 412 ms\n" +
        "  windows  1 loaded, 1 failed\n" +
        "  kpi  done  96 rows in 30 ms\n" +
        "error: Cannot read the reply: it ends early (SOURCE_TRUNCATED, step co, 2026-01-01T01:00:00Z)\n" +
        "  Look at the source's log\n" +
        "  folder     /project/.kpi/runs/run-1 (samples of kpi)\n" +
        "  workspace  /project/.kpi/runs/run-2/workspace.duckdb\n" +
        "  Try: kpi runs show run-2 --step kpi\n",
    );
    expect((await kpi("runs show run-3", { runs: [BROKEN] })).stdout).toContain("broken off before its first event");
    expect(JSON.parse((await kpi("runs show run-2 --json", { runs: [FAILED] })).stdout)).toEqual({
      ok: true,
      schema_version: 1,
      run: FAILED,
    });
    expect((await kpi("runs show")).status).toBe(2);
  });

  it("shows what a step put out", async () => {
    const { stdout, asked } = await kpi("runs show last --step kpi", { runs: [runDetails()] });
    expect(asked.at(-1)).toEqual(["runs.sample", "run-1", "kpi"]);
    expect(stdout).toBe("sensor_id  co_mean  note\nTLM0100        0.5  –\nTLM0101         12  ok\n");
  });

  it("prints a run's events as lines with their times, or as one document", async () => {
    const events = [
      event({ type: "run:start", data: { every: "1h", flow: "co", windows: 1, from: hour(0).start, to: hour(0).end } }),
      event({ type: "step:end", step: "kpi", data: { status: "done", rows: 8, ms: 3 } }),
      event({ type: "run:end", data: { report: runReport(), error: null } }),
    ];
    const { stdout, asked } = await kpi("runs logs last --follow", { events });
    expect(asked).toEqual([["runs.events", "last", true]]);
    expect(stdout).toBe(
      "2026-01-01T12:00:01Z  pipeline-horario: 1 window, 2026-01-01T00:00:00Z → 2026-01-01T01:00:00Z\n" +
        "2026-01-01T12:00:01Z      kpi: done, 8 rows in 3 ms\n" +
        "2026-01-01T12:00:01Z  ✔ ended after 412 ms\n",
    );
    expect((await kpi("runs logs last", { events: events.slice(0, 1) })).stdout).toContain("The run has written no more than this\n");
    expect((await kpi("runs logs last")).stdout).toBe("The run has written no events\n");
    expect(JSON.parse((await kpi("runs logs last --json", { events })).stdout).events).toHaveLength(3);
  });

  it("removes old ones", async () => {
    const { stdout, asked } = await kpi("runs prune --older-than 1d");
    expect(stdout).toBe("2 runs removed\n");
    expect(Date.now() - Number(asked[0]?.[1])).toBeGreaterThanOrEqual(86_400_000);
    expect(JSON.parse((await kpi("runs prune --json")).stdout)).toMatchObject({ ok: true, removed: ["run-1", "run-2"] });
  });
});

function event(of: Pick<RunEvent, "type" | "data"> & { readonly step?: string }): RunEvent {
  return { v: 1, seq: 1, ts: "2026-01-01T12:00:01Z", run: "run-1", pipeline: "pipeline-horario", ...of } as RunEvent;
}
