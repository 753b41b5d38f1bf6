import { describe, expect, it } from "vitest";
import { kpi } from "./support/kpi.js";
import { planReport, runReport } from "./support/reports.js";

const DAY = { from: Date.parse("2026-01-01T00:00:00Z"), to: Date.parse("2026-01-02T00:00:00Z") };
const STRETCH = "--from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z";

describe("`kpi backfill`", () => {
  it("hands the engine what was typed", async () => {
    const { asked } = await kpi(`backfill ${STRETCH} --rerun all --concurrency 4 --newest-first --on-failure stop --anew`);
    const range = { ...DAY, rerun: "all", concurrency: 4, newestFirst: true, onFailure: "stop", anew: true };
    expect(asked).toEqual([["run", "pipeline-horario", { range }]]);
  });

  it("goes on with one as it was begun, unless told otherwise", async () => {
    const { asked } = await kpi("backfill --resume 01a2 --on-failure continue");
    expect(asked).toEqual([
      ["backfill", "pipeline-horario", "01a2"],
      ["run", "pipeline-horario", { range: { ...DAY, rerun: "all", resume: "01a2", newestFirst: true, onFailure: "continue" } }],
    ]);
  });

  it("goes on with none that is done, and not with other windows", async () => {
    expect(await kpi("backfill --resume done")).toMatchObject({ status: 2, stderr: expect.stringContaining("it is done") });
    expect(await kpi(`backfill --resume 01a2 ${STRETCH}`)).toMatchObject({ status: 2, asked: [] });
    expect((await kpi(`backfill ${STRETCH} --on-failure panic`)).status).toBe(2);
  });

  it("shows what it finds before it does it, and an unfinished one of the same windows", async () => {
    const hours = { loaded: 1_700, empty: 2, stale: 0, skipped: 0, adopted: 0, failed: 12, missing: 30 };
    const bounds = { from: "2026-01-01T00:00:00Z", to: "2026-03-14T16:00:00Z" };
    const backfill = { id: null, resumed: false, ...bounds, rerun: "missing", hours, unfinished: "01a2" } as const;
    const { stdout } = await kpi(`backfill ${STRETCH} --dry-run`, { plan: planReport({ backfill }) });
    expect(stdout).toContain(
      "  2026-01-01T00:00:00Z → 2026-03-14T16:00:00Z  1,700 loaded, 2 empty, 12 failed, 30 missing (--rerun missing)\n  unfinished: 01a2; to go on with it: --resume 01a2\n",
    );
  });

  it("says how to go on with what is left", async () => {
    const { stdout } = await kpi(`backfill ${STRETCH}`, { run: () => runReport({ backfill: { id: "01a2", status: "unfinished" } }) });
    expect(stdout).toContain("To go on: kpi backfill pipeline-horario --resume 01a2\n");
  });
});
