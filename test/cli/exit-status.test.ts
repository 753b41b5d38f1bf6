import { describe, expect, it } from "vitest";
import { ERRORS, type ErrorCode, KpiError } from "../../src/core/errors.js";
import { windowed, workflow } from "./support/fake-app.js";
import { kpi } from "./support/kpi.js";
import { errorReport, hour, planReport, runReport } from "./support/reports.js";

const CODES = Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][];

function throwing(thrown: unknown) {
  return {
    run() {
      throw thrown;
    },
  };
}

describe("an error", () => {
  it.each(CODES)("%s gives its own exit status, its text on stderr, nothing on stdout", async (code, { exit }) => {
    const { status, stdout, stderr } = await kpi("run", throwing(new KpiError(code, 'Cannot do "it": no way', { hint: "Do this" })));
    expect({ status, stdout }).toEqual({ status: exit, stdout: "" });
    expect(stderr).toContain(`error: Cannot do "it": no way (${code})\n  Do this\n`);
  });

  it.each(CODES)("%s without a hint still says what to try", async (code) => {
    const { stderr } = await kpi("run", throwing(new KpiError(code, "Cannot do it: no way")));
    expect(stderr).toMatch(/\n {2}Try: .+\n$/);
  });

  it.each(CODES)("%s is one document with --json", async (code, { exit, retryable }) => {
    const error = new KpiError(code, "Cannot do it: no way", { hint: "Do this", step: "co" });
    const { status, stdout } = await kpi("run --json", throwing(error));
    expect(status).toBe(exit);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      schema_version: 1,
      error: { code, message: "Cannot do it: no way", hint: "Do this", step: "co", window: null, retryable },
    });
  });

  it("that nobody foresaw is a bug of ours: 70, how to report it, and its stack only with KPI_DEBUG=1", async () => {
    const bug = throwing(new TypeError("x is not a function"));
    const plain = await kpi("run", bug);
    expect(plain).toMatchObject({ status: 70, stdout: "", stderr: expect.stringContaining("report") });
    expect(plain.stderr).not.toContain("    at ");
    expect((await kpi("run", bug, { env: { KPI_DEBUG: "1" } })).stderr).toContain("    at ");
  });

  it("names its place", async () => {
    const place = { file: "data/a.lp", line: 12, column: 3 };
    const { stderr } = await kpi("run", throwing(new KpiError("SOURCE_MALFORMED", "Cannot read it: no number", { place })));
    expect(stderr).toContain("error: data/a.lp:12:3 Cannot read it: no number");
  });
});

describe("a run", () => {
  const failed = hour(1, { status: "failed", rows: 0, error: errorReport() });

  it("gives the exit status of its report, and its document without that", async () => {
    const report = runReport({ ok: false, windows: [hour(0), failed], error: errorReport(), exit: 1 });
    const { status, stdout } = await kpi("run --json", { run: () => report });
    const { exit: _, ...document } = report;
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual(document);
  });

  it("that failed leaves stdout empty and tells its windows, errors and hints on stderr", async () => {
    const report = runReport({ ok: false, windows: [hour(0), failed], error: errorReport(), exit: 1 });
    const { stdout, stderr } = await kpi("run", { run: () => report });
    expect(stdout).toBe("");
    expect(stderr).toContain("1 window loaded, 1 failed");
    expect(stderr).toContain(
      "error: Cannot read the reply: it ends early (SOURCE_TRUNCATED, step co, 2026-01-01T01:00:00Z)\n  Look at the source's log\n",
    );
    expect(stderr.match(/error: /g)).toHaveLength(1);
  });

  it("ends with 1 when windows used up their attempts, though it did all it planned", async () => {
    expect(await kpi("run -q", { run: () => runReport({ exit: 1 }) })).toMatchObject({ status: 1 });
  });
});

describe("`kpi run --all`", () => {
  const pipelines = [windowed("first"), workflow("aside"), windowed("second")];
  const locked = new KpiError("LOCKED", "Cannot lock it: another runner has it");

  it("runs every pipeline that has windows, in turn, and no workflow", async () => {
    const { status, stdout, asked } = await kpi("run --all --json", { pipelines });
    expect(status).toBe(0);
    expect(asked.map(([, pipeline]) => pipeline)).toEqual(["first", "second"]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, schema_version: 1, runs: [{ pipeline: "first" }, { pipeline: "second" }] });
  });

  it("goes on after one that failed, and ends with 1", async () => {
    const { status, stdout } = await kpi("run --all --json", {
      pipelines,
      run(pipeline) {
        if (pipeline.name === "first") throw locked;
        return runReport({ pipeline: pipeline.name });
      },
    });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: "LOCKED" },
      runs: [{ ok: false, pipeline: "first", error: { code: "LOCKED" } }, { ok: true }],
    });
  });

  it("ends with the first one's own status when none went well", async () => {
    const { status, stdout, stderr } = await kpi("run --all", { pipelines, ...throwing(locked) });
    expect({ status, stdout }).toEqual({ status: 75, stdout: "" });
    expect(stderr.match(/error: Cannot lock it/g)).toHaveLength(2);
  });

  it("is refused where there is nothing to run", async () => {
    expect(await kpi("run --all", { pipelines: [workflow("aside")] })).toMatchObject({ status: 2, stdout: "" });
  });

  it("plans them all with --dry-run", async () => {
    const { stdout, asked } = await kpi("run --all --dry-run --json", { pipelines });
    expect(asked.map(([name]) => name)).toEqual(["plan", "plan"]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, plans: [{ pipeline: "first" }, { pipeline: "second" }] });
  });
});

describe("`kpi plan --detailed-exitcode`", () => {
  it("ends with 10, its plan on stdout, when there is something to do, else with 0", async () => {
    const plan = planReport({ windows: [{ start: "2026-01-01T12:00:00Z", end: "2026-01-01T13:00:00Z", reason: "due" }] });
    expect(await kpi("plan --detailed-exitcode", { plan })).toMatchObject({
      status: 10,
      stdout: expect.stringContaining("1 window to do"),
    });
    expect(await kpi("plan", { plan })).toMatchObject({ status: 0 });
    expect(await kpi("plan --detailed-exitcode")).toMatchObject({ status: 0 });
  });
});

describe("`kpi help exit-codes`", () => {
  it("names every error with its exit status", async () => {
    const { stdout } = await kpi("help exit-codes");
    for (const [code, { exit, meaning }] of CODES)
      expect(stdout).toMatch(new RegExp(`^ *${exit} +${code} .*${meaning.replace(/[()`]/g, ".")}$`, "m"));
    for (const exit of [0, 1, 10]) expect(stdout).toMatch(new RegExp(`^ *${exit} `, "m"));
  });
});
