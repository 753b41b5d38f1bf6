import { AssertionError } from "node:assert";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { KpiError } from "../../src/core/errors.js";
import { defineExtractor, type Extraction, type StepContext } from "../../src/core/node.js";
import { timestampLiteral } from "../../src/core/sql.js";
import { hours } from "../support/step-harness.js";
import { type ExtractorSubject, extractorContract } from "./extractor.js";

const POINTS = `select * from (values (timestamptz '2026-01-01 10:05:00Z', 1.5), (timestamptz '2026-01-01 11:05:00Z', 2.5)) as t(time, co)`;
const good: Extraction = { output: { kind: "select", sql: POINTS }, time: "time", counted: ["co"] };
const windows = hours("2026-01-01T10:00:00Z", 2);

/** An extractor of two points, spoilt in a way of its own. */
function subject(spoil: (context: StepContext) => Partial<Extraction> | Promise<Partial<Extraction>>): ExtractorSubject {
  const node = defineExtractor({
    type: "test",
    version: 1,
    summary: "Brings points for a test",
    config: z.strictObject({ value: z.number().describe("A number that is not negative") }),
    examples: [{ value: 1 }],
    time: () => "window",
    extract: async ({ value }, context) => {
      if (value < 0) throw new KpiError("SOURCE_REFUSED", `Cannot read the value "${value}": it is negative`);
      return { ...good, ...(await spoil(context)) };
    },
    count: async (_, { span }) => ({
      method: "test",
      windows: new Map(
        span.windows.map(({ start }) => [start, { co: { count: windows.some((window) => window.start === start) ? 1 : 0, sum: null } }]),
      ),
    }),
  });
  const [empty] = hours("2026-01-03T10:00:00Z", 1);
  if (empty === undefined) throw new TypeError("one hour is one");
  return { node, settings: { value: 1 }, rows: 2, windows, empty, broken: { value: -1 }, prepare: async () => ({}) };
}

function selecting(sql: (context: StepContext) => string): ExtractorSubject {
  return subject((context) => ({ output: { kind: "select", sql: sql(context) } }));
}

/** Each sentence of the contract with an extractor that breaks it. */
const BROKEN: Readonly<Record<string, ExtractorSubject>> = {
  "gives the rows that are there": selecting(() => `${POINTS} limit 1`),
  "gives the same when it is asked again": selecting(() => `select *, random() as luck from (${POINTS})`),
  "gives for a span what it gives window by window": selecting(({ span }) => `select *, ${span?.windows.length} as n from (${POINTS})`),
  "gives no rows, and the same columns, where nothing is": selecting(
    ({ span }) =>
      `select *${(span?.start ?? 0) > (windows[1]?.start ?? 0) ? ", 1 as more" : ""} from (${POINTS}) union all by name select ${timestampLiteral(span?.start ?? 0)} as time, 0 as co where ${span?.start} > ${windows[1]?.start}`,
  ),
  "names a column of moments exactly where its rows belong to windows": selecting(
    () => `select time at time zone 'UTC' as time, co from (${POINTS})`,
  ),
  "counts by columns that it has": subject(() => ({ counted: ["c0"] })),
  "counts of each window what it reads there, where it counts": selecting(() => `from (${POINTS}) union all from (${POINTS})`),
  "ends soon after the run is stopped": subject(async ({ signal }) => {
    if (signal.aborted || (await isStoppedSoon(signal))) await new Promise((resolve) => setTimeout(resolve, 2_000));
    return {};
  }),
  "says as a KpiError what it could not read": { ...subject(() => ({})), broken: { value: 1 } },
};

function isStoppedSoon(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => setTimeout(() => resolve(signal.aborted), 10));
}

describe("the contract of extractors", () => {
  it("has a broken extractor for every sentence, and no other", () => {
    expect(Object.keys(BROKEN).sort()).toEqual(Object.keys(extractorContract).sort());
  });

  it.each(Object.entries(extractorContract))("is kept by a good one: %s", (_, check) => check(subject(() => ({}))));

  it.each(Object.entries(extractorContract))("fails for one that breaks %j", async (sentence, check) => {
    await expect(check(BROKEN[sentence] as ExtractorSubject)).rejects.toThrow(AssertionError);
  });
});
