import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Grid, windowsBetween } from "../../src/core/window.js";
import { isProcessed, type LedgerRange } from "../../src/pipelines/ledger-range.js";
import { openGrid } from "../../src/pipelines/open-grid.js";
import { type PlanInput, plan, spansOf } from "../../src/pipelines/plan.js";
import { Prefix } from "../../src/pipelines/prefix.js";

const runs = process.env.KPI_TEST_LONG === "1" ? 10_000 : 1_000;
const grids: Grid[] = [
  await openGrid("1h", "UTC"),
  await openGrid("15m", "UTC"),
  await openGrid("1d", "Europe/Madrid"),
  await openGrid("1d", "America/Santiago"),
];
const BEGIN = Date.parse("2026-03-20T00:00:00Z");

type Kind = Pick<LedgerRange, "status" | "lastStatus" | "failures">;
const KINDS: readonly Kind[] = [
  { status: "loaded", lastStatus: "loaded", failures: 0 },
  { status: "loaded", lastStatus: "failed", failures: 1 },
  { status: "empty", lastStatus: "empty", failures: 0 },
  { status: "skipped", lastStatus: "skipped", failures: 0 },
  { status: "adopted", lastStatus: "adopted", failures: 0 },
  { status: "failed", lastStatus: "failed", failures: 1 },
  { status: "failed", lastStatus: "failed", failures: 24 },
  { status: "reopened", lastStatus: "reopened", failures: 0 },
  { status: "reopened", lastStatus: "refused", failures: 0 },
];

/** A ledger as a list of windows, each untried (null) or of some kind; the model that plans are held against. */
const ledgers = fc.record({
  grid: fc.constantFrom(...grids),
  windows: fc.array(fc.option(fc.constantFrom(...KINDS), { freq: 3 }), { maxLength: 40 }),
  beyond: fc.integer({ min: 0, max: 30 }),
  maxWindows: fc.option(fc.integer({ min: 1, max: 20 }), { nil: Number.POSITIVE_INFINITY }),
  allowEmpty: fc.boolean(),
  batch: fc.integer({ min: 1, max: 24 }),
});
type Ledger = typeof ledgers extends fc.Arbitrary<infer Value> ? Value : never;

function toInput({ grid, windows, beyond, maxWindows, allowEmpty }: Ledger): PlanInput {
  const firstHour = grid.floor(BEGIN);
  const ranges: LedgerRange[] = [];
  let start = firstHour;
  for (const kind of windows) {
    const end = grid.next(start);
    const last = ranges.at(-1);
    if (kind !== null) {
      const joins =
        last !== undefined &&
        last.to === start &&
        last.status === kind.status &&
        last.lastStatus === kind.lastStatus &&
        last.failures === kind.failures;
      if (joins) ranges[ranges.length - 1] = { ...last, to: end, windows: last.windows + 1 };
      else ranges.push({ ...kind, from: start, to: end, windows: 1, attempt: 1 + kind.failures, current: true });
    }
    start = end;
  }
  let horizon = start;
  for (let index = 0; index < beyond; index++) horizon = grid.next(horizon);
  return { grid, ranges, from: firstHour, rerun: null, horizon, maxAttempts: 24, maxWindows, allowEmpty, onlyReplayable: null };
}

/** The rule itself, window by window: what must be planned. */
function shouldBePlanned({ windows, allowEmpty }: Ledger, index: number): boolean {
  const kind = windows[index] ?? null;
  if (kind === null) return true;
  if (isProcessed(kind.status) || kind.failures >= 24) return false;
  return kind.lastStatus !== "refused" || allowEmpty;
}

function planOf(ledger: Ledger) {
  const input = toInput(ledger);
  const spans = [...spansOf(plan(input).ranges, input.grid, () => ledger.batch)];
  return { input, spans, windows: spans.flat() };
}

describe("a plan", () => {
  it("holds exactly the windows that are not processed and may still be tried, oldest first, none twice", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const { input, windows } = planOf(ledger);
        const all = [...windowsBetween(input.grid, input.from, input.horizon)];
        const wanted = all.filter((_, index) => shouldBePlanned(ledger, index)).slice(0, ledger.maxWindows);
        expect(windows.map(({ start, end }) => ({ start, end }))).toEqual(wanted);
      }),
      { numRuns: runs },
    );
  });

  it("says why: due where nothing later is processed, missing where something is, failed, asked", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const { input, windows } = planOf(ledger);
        const starts = [...windowsBetween(input.grid, input.from, input.horizon)].map(({ start }) => start);
        const lastProcessed = ledger.windows.findLastIndex((kind) => kind !== null && isProcessed(kind.status));
        for (const { start, reason, seen } of windows) {
          const index = starts.indexOf(start);
          const kind = ledger.windows[index] ?? null;
          const untried = index < lastProcessed ? "missing" : "due";
          expect(reason).toBe(kind === null ? untried : kind.status === "failed" ? "failed" : "asked");
          expect(seen).toBe(kind === null ? 0 : 1 + kind.failures);
        }
      }),
      { numRuns: runs },
    );
  });

  it("is cut into spans of adjacent windows, no longer than the batch, with windows that failed before alone", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        for (const span of planOf(ledger).spans) {
          expect(span.length).toBeLessThanOrEqual(ledger.batch);
          expect(span.length).toBeGreaterThan(0);
          span.slice(1).forEach((window, index) => {
            expect(window.start).toBe(span[index]?.end);
          });
          if (span.some(({ reason }) => reason === "failed")) expect(span).toHaveLength(1);
        }
      }),
      { numRuns: runs },
    );
  });

  it("reaches the horizon: runs that load what they plan end with nothing to do and the cursor on the last window", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const settled: Ledger = {
          ...ledger,
          windows: ledger.windows.map((kind) => (kind !== null && kind.failures >= 24 ? null : kind)),
          allowEmpty: true,
        };
        let input = toInput(settled);
        for (let run = 0; plan(input).ranges.length > 0; run++) {
          expect(run).toBeLessThan(100);
          input = { ...input, ranges: afterLoading(input) };
        }
        const prefix = new Prefix(input.grid, input.from, input.ranges);
        expect(prefix.cursor).toBe(input.horizon > input.from ? input.grid.previous(input.horizon) : null);
      }),
      { numRuns: runs },
    );
  });

  it("names the windows it leaves alone, and why", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const input = toInput(ledger);
        const { unsettled } = plan(input);
        const named = unsettled.flatMap(({ from, to, because }) => [...windowsBetween(input.grid, from, to)].map(() => because));
        const used = ledger.windows.filter((kind) => kind !== null && kind.failures >= 24).map(() => "attempts used up");
        const refused = ledger.windows.filter((kind) => kind?.lastStatus === "refused" && !ledger.allowEmpty).map(() => "refused");
        expect([...named].sort()).toEqual([...used, ...refused].sort());
      }),
      { numRuns: runs },
    );
  });

  it("of a backfill holds what was asked for: the missing, the failed however often, the stale, or all", () => {
    const wanted = {
      missing: (kind: Kind | null) => kind === null || (!isProcessed(kind.status) && kind.failures < 24 && kind.lastStatus !== "refused"),
      failed: (kind: Kind | null) => kind !== null && (kind.lastStatus === "failed" || kind.lastStatus === "refused"),
      stale: (kind: Kind | null) => kind !== null && (kind.status === "loaded" || kind.status === "empty"),
      all: () => true,
    } as const;
    fc.assert(
      fc.property(ledgers, fc.constantFrom("missing", "failed", "stale", "all"), (ledger, rerun) => {
        const input = toInput({ ...ledger, allowEmpty: false });
        const ranges = rerun === "stale" ? input.ranges.map((range) => ({ ...range, current: false })) : input.ranges;
        const planned = plan({ ...input, ranges, rerun, maxWindows: Number.POSITIVE_INFINITY }).ranges;
        const windows = [...spansOf(planned, input.grid, () => 24)].flat().map(({ start }) => start);
        const all = [...windowsBetween(input.grid, input.from, input.horizon)];
        expect(windows).toEqual(all.filter((_, index) => wanted[rerun](ledger.windows[index] ?? null)).map(({ start }) => start));
      }),
      { numRuns: runs },
    );
  });

  it("asks a source without a past for its newest settled window alone", async () => {
    const [grid] = grids as [Grid];
    const horizon = BEGIN + 5 * 3_600_000;
    const input = {
      grid,
      ranges: [],
      from: BEGIN,
      rerun: null,
      horizon,
      maxAttempts: 24,
      maxWindows: Number.POSITIVE_INFINITY,
      allowEmpty: false,
      onlyReplayable: grid.previous(horizon),
    };
    const windows = [...spansOf(plan(input).ranges, grid, () => 24)];
    expect(windows.map((span) => [span.length, span[0]?.replayable])).toEqual([
      [4, false],
      [1, true],
    ]);
  });
});

/** The ledger after a run that loaded everything it planned. */
function afterLoading(input: PlanInput): LedgerRange[] {
  const planned = plan(input).ranges.map(
    ({ from, to, seen }) =>
      ({ from, to, windows: 1, status: "loaded", lastStatus: "loaded", attempt: seen + 1, failures: 0, current: true }) as const,
  );
  const rest = input.ranges.flatMap((range) => withoutPlanned(range, planned));
  return [...rest, ...planned].sort((a, b) => a.from - b.from);
}

function withoutPlanned(range: LedgerRange, planned: readonly { from: number; to: number }[]): LedgerRange[] {
  const hit = planned.find(({ from, to }) => from < range.to && to > range.from);
  if (hit === undefined) return [range];
  const parts = [
    { ...range, to: hit.from },
    { ...range, from: hit.to },
  ];
  return parts.filter(({ from, to }) => from < to).flatMap((part) => withoutPlanned(part, planned));
}

describe("the processed prefix", () => {
  it("ends at the first hole, whatever the order in which windows were processed", () => {
    fc.assert(
      fc.property(fc.constantFrom(...grids), fc.uniqueArray(fc.integer({ min: 0, max: 30 })), (grid, order) => {
        const first = grid.floor(BEGIN);
        const windows = [...windowsBetween(grid, first, first + 40 * 25 * 3_600_000)];
        const prefix = new Prefix(grid, first, []);
        for (const index of order) prefix.add(windows[index] as (typeof windows)[number]);
        let length = 0;
        while (order.includes(length)) length += 1;
        expect(prefix.cursor).toBe(length === 0 ? null : windows[length - 1]?.start);
        expect(prefix.copy().cursor).toBe(prefix.cursor);
      }),
      { numRuns: runs },
    );
  });
});
