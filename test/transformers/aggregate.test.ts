import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toSpan } from "../../src/core/window.js";
import aggregate from "../../src/transformers/aggregate.js";
import { transformerContract } from "../contracts/transformer.js";
import { AIR_POINTS, AIR_WINDOWS } from "../support/air-points.js";
import { hours, openStepHarness, type StepHarness } from "../support/step-harness.js";

let harness: StepHarness;
beforeAll(async () => {
  harness = await openStepHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const POINTS = `select * from (values
  (timestamptz '2026-01-01 10:00:00Z', 3, 'a', 1.5::double), (timestamptz '2026-01-01 10:00:00Z', 1, 'a', null),
  (timestamptz '2026-01-01 10:00:00Z', 2, 'a', 2.5), (timestamptz '2026-01-01 10:00:00Z', 4, 'a', null),
  (timestamptz '2026-01-01 11:00:00Z', 5, 'a', 7.0), (timestamptz '2026-01-01 11:00:00Z', 6, 'b', 8.0)
) as t(window_start, time_ns, sensor_id, co)`;
const span = toSpan(hours("2026-01-01T10:00:00Z", 2));

async function metrics(settings: unknown, sql = POINTS) {
  const relations = await harness.transform(aggregate, settings, { co: { sql, windowed: true } }, { span });
  return relations.get("")?.rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe("aggregate", () => {
  const subject = { node: aggregate, inputs: { co: AIR_POINTS }, windows: AIR_WINDOWS, broken: { metrics: { m: "mean(c0)" } } };
  it.each(Object.entries(transformerContract))("by groups %s", (_, check) =>
    check({ ...subject, settings: { by: ["sensor_id"], metrics: { mean: "mean(co)", last: "last(co)" } } }),
  );
  it.each(Object.entries(transformerContract))("of all %s", (_, check) => check({ ...subject, settings: { metrics: { n: "count(*)" } } }));

  it("computes metrics by group and window", async () => {
    expect(await metrics({ by: ["sensor_id"], metrics: { mean: "mean(co)", n: "count(*)", values: "count(co)" } })).toEqual([
      { window_start: "2026-01-01T10:00:00Z", sensor_id: "a", mean: 2, n: 4, values: 2 },
      { window_start: "2026-01-01T11:00:00Z", sensor_id: "a", mean: 7, n: 1, values: 1 },
      { window_start: "2026-01-01T11:00:00Z", sensor_id: "b", mean: 8, n: 1, values: 1 },
    ]);
  });

  it("takes the first and the last value that there is, in the order of time", async () => {
    expect(await metrics({ metrics: { first: "first(co)", last: "last(co)" } })).toEqual([
      { window_start: "2026-01-01T10:00:00Z", first: 2.5, last: 1.5 },
      { window_start: "2026-01-01T11:00:00Z", first: 7, last: 8 },
    ]);
  });

  it("computes with aggregates, and leaves parentheses in texts and comments alone", async () => {
    const settings = { metrics: { x: "round(mean(co /* ) */) * 2, 1) + max(case when sensor_id = 'ñ)' then 1 else 0 end) -- )" } };
    expect(await metrics(settings)).toEqual([
      { window_start: "2026-01-01T10:00:00Z", x: 4 },
      { window_start: "2026-01-01T11:00:00Z", x: 15 },
    ]);
  });

  it("understands the aggregates it offers", async () => {
    const offered = [
      "stddev(co)",
      "variance(co)",
      "median(co)",
      "sum(co)",
      "min(co)",
      "max(co)",
      "quantile(co, 0.95)",
      "mode(co)",
      "arg_max(co, time_ns)",
      "corr(co, time_ns)",
      "sum(distinct co)",
      "mean(co) filter (where co > 0)",
      "product(co)",
      "count(distinct co)",
    ];
    const settings = { metrics: Object.fromEntries(offered.map((text, index) => [`m${index}`, text])) };
    expect(await metrics(settings)).toHaveLength(2);
  });

  it("gives no row for no rows", async () => {
    expect(await metrics({ metrics: { n: "count(*)" } }, `${POINTS} where false`)).toEqual([]);
    const workflow = await harness.transform(aggregate, { metrics: { n: "count(*)" } }, { co: { sql: "select 1 as x where false" } });
    expect(workflow.get("")?.rows).toEqual([]);
  });

  it("gives the same bytes whatever the number of threads", async () => {
    const many = `select timestamptz '2026-01-01 10:00:00Z' as window_start, range as time_ns, (hash(range) % 3)::varchar as sensor_id, (hash(range * 7) % 1000003) / 7e5 as co from range(400000)`;
    const settings = {
      by: ["sensor_id"],
      metrics: { a: "mean(co)", b: "sum(co) / 3", c: "stddev(co)", d: "first(co)", e: "last(co)", f: "variance(co)" },
    };
    await using db = await harness.workspace.connect();
    const threads = await db.rows("select current_setting('threads') as n");
    expect(threads).not.toEqual([{ n: 1 }]);
    const results = new Set<string>();
    for (let run = 0; run < 6; run++) results.add(JSON.stringify(await metrics(settings, many)));
    expect(results.size).toBe(1);
    // the same without an order differs: what the test proves can fail
    const naive = new Set<string>();
    await db.run(`create table many as ${many}`);
    for (let run = 0; run < 20; run++)
      naive.add(JSON.stringify(await db.rows("select sum(co), stddev(co) from many group by sensor_id order by 1")));
    expect(naive.size).toBeGreaterThan(1);
  });

  it.each([
    [{ by: ["sensor"], metrics: { n: "count(*)" } }, /no such column/],
    [{ metrics: { m: "mean(c0)" } }, /"m": there is no column "c0"/],
    [{ metrics: { m: "co * 2" } }, /column "co" outside an aggregate/],
    [{ metrics: { m: "1 + 1" } }, /holds no aggregate/],
    [{ metrics: { m: "maen(co)" } }, /the function "maen"/],
    [{ by: ["sensor_id"], metrics: { sensor_id: "count(*)" } }, /grouped by the column of that name/],
    [{ metrics: { window_start: "max(time_ns)" } }, /grouped by the column of that name/],
    [{ metrics: { m: "mean((select max(x) from range(3) t(x)))" } }, /a query inside an expression/],
    [{ metrics: { m: "mean(co order by co)" } }, /an order inside/],
  ])("says what it does not take: %j", async (settings, message) => {
    await expect(metrics(settings)).rejects.toMatchObject({ code: "STEP_FAILED", message: expect.stringMatching(message) });
  });

  it("proposes the column that was meant", async () => {
    await expect(metrics({ metrics: { m: "mean(c0)" } })).rejects.toMatchObject({ hint: expect.stringContaining('Did you mean "co"?') });
  });
});
