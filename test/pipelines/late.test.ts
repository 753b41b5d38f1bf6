import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { windowsBetween } from "../../src/core/window.js";
import { findLate } from "../../src/pipelines/find-late.js";
import { isProcessed, type LedgerRange } from "../../src/pipelines/ledger-range.js";
import type { LateRange } from "../../src/pipelines/open-again.js";
import { openGrid } from "../../src/pipelines/open-grid.js";
import { type PlanInput, plan, spansOf } from "../../src/pipelines/plan.js";

const runs = process.env.KPI_TEST_LONG === "1" ? 10_000 : 500;
const grid = await openGrid("1h", "UTC");
const HOUR = 3_600_000;
const BEGIN = Date.parse("2026-03-20T00:00:00Z");
const at = (index: number) => BEGIN + index * HOUR;

/** A window of the model: what the ledger says, what its source says, and whether it said so when it was refused. */
const hours = fc.record({
  status: fc.constantFrom("loaded", "empty", "skipped", "adopted", "failed", "reopened", "untried"),
  changed: fc.boolean(),
  refused: fc.boolean(),
  compared: fc.constantFrom("newest attempt", "older attempt"),
});
const models = fc.record({
  windows: fc.array(hours, { maxLength: 30 }),
  beyond: fc.integer({ min: 0, max: 3 }),
  lookback: fc.integer({ min: 0, max: 6 }),
  allowEmpty: fc.boolean(),
});
type Model = typeof models extends fc.Arbitrary<infer Value> ? Value : never;

function toInput({ windows, beyond, lookback, allowEmpty }: Model): PlanInput {
  const ranges = windows.flatMap(({ status }, index): LedgerRange[] =>
    status === "untried"
      ? []
      : [{ from: at(index), to: at(index + 1), windows: 1, status, lastStatus: status, attempt: 2, failures: 0, current: true }],
  );
  const late = windows.flatMap(({ changed, refused, compared }, index): LateRange[] =>
    changed ? [{ from: at(index), to: at(index + 1), refused, attempt: compared === "newest attempt" ? 2 : 1 }] : [],
  );
  const rest = { maxAttempts: 24, maxWindows: Number.POSITIVE_INFINITY, onlyReplayable: null, rerun: null };
  return { ...rest, grid, ranges, late, from: BEGIN, horizon: at(windows.length + beyond), lookback: lookback * HOUR, allowEmpty };
}

const planned = (input: PlanInput) => [...spansOf(plan(input).ranges, grid, () => 24)].flat();

/** The rule itself, window by window: why one is done; null where it is not. */
function reasonOf(model: Model, index: number): string | null {
  const { windows, lookback, allowEmpty } = model;
  const lastProcessed = windows.findLastIndex(({ status }) => status !== "untried" && isProcessed(status));
  const firstDue = windows.findIndex(({ status }, other) => other > lastProcessed && status === "untried");
  const due = firstDue === -1 && model.beyond > 0 ? windows.length : firstDue;
  const { status, changed, refused, compared } = windows[index] ?? { status: "untried", changed: false, refused: false, compared: "" };
  if (status === "untried") return index < lastProcessed ? "missing" : "due";
  if (status === "failed") return "failed";
  if (status === "reopened") return "asked";
  if (status !== "loaded" && status !== "empty") return null;
  if (changed && compared === "newest attempt") return refused && !allowEmpty ? null : "late";
  return due !== -1 && index >= due - lookback && index < due ? "lookback" : null;
}

describe("a plan with late points and a look back", () => {
  it("holds each window that is open, late or looked back at once, in order, with its reason, and no other", () => {
    fc.assert(
      fc.property(models, (model) => {
        const input = toInput(model);
        const all = [...windowsBetween(grid, input.from, input.horizon)];
        const wanted = all.flatMap(({ start }, index) => {
          const reason = reasonOf(model, index);
          return reason === null ? [] : [{ start, reason }];
        });
        expect(planned(input).map(({ start, reason }) => ({ start, reason }))).toEqual(wanted);
      }),
      { numRuns: runs },
    );
  });

  it("comes to an end: once it is done and the source is quiet there is nothing to do, whatever the look back", () => {
    fc.assert(
      fc.property(models, (model) => {
        const input = toInput({ ...model, allowEmpty: true });
        const done = new Map(planned(input).map(({ start }) => [start, "loaded" as const]));
        const all = [...windowsBetween(grid, input.from, input.horizon)];
        const windows = all.map(({ start }, index) => ({
          ...{ changed: false, refused: false, compared: "newest attempt" as const },
          status: done.get(start) ?? model.windows[index]?.status ?? "loaded",
        }));
        expect(planned(toInput({ ...model, windows, beyond: 0 }))).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it("names windows that were refused as they are now, and leaves them alone", () => {
    const windows = [{ status: "loaded" as const, changed: true, refused: true, compared: "newest attempt" as const }];
    const { ranges, unsettled } = plan(toInput({ windows, beyond: 0, lookback: 0, allowEmpty: false }));
    expect([ranges, unsettled]).toEqual([[], [{ from: at(0), to: at(1), because: "refused" }]]);
  });

  it("does nothing again whose source has no past", () => {
    const windows = [{ status: "loaded" as const, changed: true, refused: false, compared: "newest attempt" as const }];
    const input = toInput({ windows, beyond: 2, lookback: 6, allowEmpty: false });
    expect(planned({ ...input, onlyReplayable: at(2) }).map(({ start }) => start)).toEqual([at(1), at(2)]);
  });
});

describe("windows are late", () => {
  const kept = (count: number | null, values = 5, sum?: number) => ({
    values,
    count,
    method: count === null ? null : "m",
    ...(sum && { sum }),
  });
  const late = (before: object, now: { count: number; sum: number | null } | undefined, method = "m") =>
    findLate(
      [{ start: at(0), end: at(1), attempt: 3, sources: { s: before as never }, refused: null }],
      new Map([["s", { method, windows: new Map([[at(0), now === undefined ? {} : { f: now }]]) }]]),
    ).length > 0;

  it("where a count is another than when they were loaded, and only there", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(3))), (pairs) => {
        const sources = pairs.map(([before], index) => ({
          ...{ start: at(index), end: at(index + 1), attempt: 1, refused: null },
          sources: { s: { f: kept(before) } },
        }));
        const now = new Map(pairs.map(([, count], index) => [at(index), { f: { count, sum: null } }]));
        const found = findLate(sources, new Map([["s", { method: "m", windows: now }]]));
        const starts = found.flatMap(({ from, to }) => [...windowsBetween(grid, from, to)].map(({ start }) => start));
        expect(starts).toEqual(pairs.flatMap(([before, after], index) => (before === after ? [] : [at(index)])));
      }),
    );
  });

  it("by the values that were read where no count of the same kind was kept", () => {
    expect(late({ f: kept(null, 5) }, { count: 5, sum: null })).toBe(false);
    expect(late({ f: kept(null, 5) }, { count: 6, sum: null })).toBe(true);
    expect(late({ f: kept(9, 5) }, { count: 5, sum: null }, "other")).toBe(false);
  });

  it("where a field that was not there has values, or one that was has none", () => {
    expect(late({}, { count: 1, sum: null })).toBe(true);
    expect(late({}, undefined)).toBe(false);
    expect(late({ f: kept(5) }, undefined)).toBe(true);
  });

  it("where sums differ that were both asked for, but not by the order in which they were added up", () => {
    expect(late({ f: kept(5, 5, 10) }, { count: 5, sum: 11 })).toBe(true);
    expect(late({ f: kept(5, 5, 10) }, { count: 5, sum: 10.000000000000002 })).toBe(false);
    expect(late({ f: kept(5, 5, 10) }, { count: 5, sum: null })).toBe(false);
    expect(late({ f: kept(5, 5) }, { count: 5, sum: 10 })).toBe(false);
  });

  it("not by a step that was not there when they were loaded", () => {
    const windows = new Map([[at(0), { f: { count: 5, sum: null } }]]);
    const before = [{ start: at(0), end: at(1), attempt: 1, sources: {}, refused: null }];
    expect(findLate(before, new Map([["s", { method: "m", windows }]]))).toEqual([]);
  });
});
