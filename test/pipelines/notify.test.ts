import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KpiError } from "../../src/core/errors.js";
import type { Hook, WindowedPipeline } from "../../src/core/pipeline.js";
import { openMemoryStore } from "../support/open-memory-store.js";
import { HOUR, TestProject } from "../support/test-project.js";

let project: TestProject;
const hook = (changes: Partial<Hook> = {}): Hook => ({
  on: ["failure", "recovery", "late"],
  silence: null,
  timeout: 1_000,
  call: ["true"],
  ...changes,
});
const pipeline = (...notify: Hook[]): WindowedPipeline => project.windowed({ notify });
const told = () => project.notices.splice(0).map(({ event, since }) => `${event}${since === null ? "" : ` since ${since.slice(11, 16)}`}`);
const breakSource = (code: "SOURCE_UNREACHABLE" | "SOURCE_TRUNCATED") => {
  project.beforeExtract = () => {
    throw new KpiError(code, `Cannot reach "https://influx"`);
  };
};
const mendSource = () => {
  project.beforeExtract = () => undefined;
};

beforeEach(async () => {
  project = new TestProject(await openMemoryStore(), "2026-01-01T10:30:00Z");
  project.fill("2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z");
});
afterEach(() => project.remove());

describe("the hooks of a pipeline", () => {
  it("are left alone by a run that goes well", async () => {
    await project.run(pipeline(hook()));
    expect(told()).toEqual([]);
  });

  it("are told of each failure, since when runs fail, and once of the recovery", async () => {
    await project.run(pipeline(hook()));
    breakSource("SOURCE_UNREACHABLE");
    project.now += HOUR;
    await project.run(pipeline(hook()));
    project.now += HOUR;
    await project.run(pipeline(hook()));
    expect(project.notices[0]).toMatchObject({ event: "failure", pipeline: "numbers", error: { code: "SOURCE_UNREACHABLE" }, windows: [] });
    expect(told()).toEqual(["failure since 11:30", "failure since 11:30"]);
    mendSource();
    project.now += HOUR;
    await project.run(pipeline(hook()));
    await project.run(pipeline(hook()));
    expect(told()).toEqual(["recovery since 11:30"]);
  });

  it("are told of the windows that failed", async () => {
    breakSource("SOURCE_TRUNCATED");
    await project.run(pipeline(hook()));
    expect(project.notices[0]?.windows).toMatchObject([{ start: "2026-01-01T09:00:00Z", status: "failed" }]);
  });

  it("are told only of what they want to know", async () => {
    breakSource("SOURCE_UNREACHABLE");
    await project.run(pipeline(hook({ on: ["recovery"] })));
    expect(told()).toEqual([]);
  });

  it("are told once when nothing has come for so long, and again when that happens again", async () => {
    const silent = pipeline(hook({ on: [], silence: 3 * HOUR }));
    await project.run(silent);
    for (const [hours, expected] of [
      [3, []],
      [2, ["silence since 12:00"]],
      [1, []],
    ] as const) {
      project.now += hours * HOUR;
      await project.run(silent);
      expect(told()).toEqual(expected);
    }
    project.fill("2026-01-01T16:00:00Z", "2026-01-01T17:00:00Z");
    project.now += HOUR;
    await project.run(silent);
    expect(told()).toEqual([]);
    project.fill("2026-01-01T17:00:00Z", "2026-01-01T18:00:00Z");
    project.now += HOUR;
    await project.run(silent);
    project.now += 4 * HOUR;
    await project.run(silent);
    expect(told()).toEqual(["silence since 18:00"]);
  });

  it("are not called for another runner's lock, for a signal, or by a backfill", async () => {
    const stop = new AbortController();
    stop.abort(new KpiError("INTERRUPTED", "Stopped by SIGINT"));
    await project.run(pipeline(hook()), { signal: stop.signal });
    const lock = await project.store.lock("numbers", { owner: "somebody", ttl: 60_000 });
    await project.run(pipeline(hook()));
    await lock.release();
    breakSource("SOURCE_UNREACHABLE");
    const range = { from: project.now - 4 * HOUR - 1_800_000, to: project.now - 2 * HOUR - 1_800_000, rerun: "missing" } as const;
    expect(await project.run(pipeline(hook()), { range })).toMatchObject({ ok: false });
    expect(told()).toEqual([]);
  });

  it("never fail a run: what becomes of them is warned of", async () => {
    project.onHook = () => {
      throw new KpiError("STEP_FAILED", 'Cannot carry out "mail": it ended with 1');
    };
    breakSource("SOURCE_TRUNCATED");
    expect(await project.run(pipeline(hook()))).toMatchObject({ exit: 65, error: { code: "SOURCE_TRUNCATED" } });
    mendSource();
    expect(await project.run(pipeline(hook()))).toMatchObject({ ok: true, exit: 0 });
    const warnings = project.events.flatMap((event) => (event.type === "warning" ? [event.data.code] : []));
    expect(warnings).toContain("HOOK_FAILED");
    expect(project.events.at(-1)?.type).toBe("run:end");
  });
});
