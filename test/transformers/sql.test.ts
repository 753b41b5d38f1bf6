import { afterAll, beforeAll, describe, expect, it } from "vitest";
import sql from "../../src/transformers/sql.js";
import { transformerContract } from "../contracts/transformer.js";
import { AIR_POINTS, AIR_WINDOWS, SENSORS } from "../support/air-points.js";
import { openStepHarness, type StepHarness } from "../support/step-harness.js";

let harness: StepHarness;
beforeAll(async () => {
  harness = await openStepHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const subject = { node: sql, inputs: { co: AIR_POINTS, sensors: SENSORS }, windows: AIR_WINDOWS, broken: { sql: "select nosuch from co" } };

describe("sql", () => {
  it.each(Object.entries(transformerContract))("over spans %s", (_, check) =>
    check({ ...subject, settings: { sql: "select co.*, place from co join sensors using (sensor_id)", spans: true } }),
  );
  it.each(Object.entries(transformerContract))("window by window %s", (_, check) =>
    check({ ...subject, settings: { sql: "select sensor_id, max(co) as co from co group by all" } }),
  );

  const [window] = AIR_WINDOWS;
  const run = (text: string) => harness.transform(sql, { sql: text }, { co: AIR_POINTS }, { window: window ?? null });

  it("gives the window's bounds where code asks for them, not in texts and comments", async () => {
    const text = `select $window_start as a, $window_end - interval '1 minute' as b, '$window_start' as c /* $window_end */, "$window_start" -- $window_end
      from (select 1 as "$window_start")`;
    expect((await run(text)).get("")?.rows).toEqual([
      { a: "2026-01-01T10:00:00Z", b: "2026-01-01T10:59:00Z", c: "$window_start", $window_start: 1 },
    ]);
  });

  it("takes one query, with or without its semicolon", async () => {
    for (const text of [
      "select 1 as x;  ",
      "with a as (select 1 as x) select * from a -- all\n",
      "from (values (1)) t(x)",
      "select 1 as x -- last",
    ])
      expect((await run(text)).get("")?.rows).toEqual([{ x: 1 }]);
  });

  it.each([
    ["select 1; select 2", "it holds 2 statements"],
    ["drop table co", "it is not a query"],
    ["copy co to 'x.csv'", "it is not a query"],
    ["select 1) union (select 2", "Cannot read the step's SQL"],
    ["selec 1", "Cannot read the step's SQL"],
    ["select * from read_csv('/etc/passwd')", "file system operations are disabled"],
  ])("does not run %j", async (text, message) => {
    await expect(run(text)).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });

  it("has no window to give over spans, and in a workflow", async () => {
    expect(sql.config.safeParse({ sql: "select $window_start", spans: true }).success).toBe(false);
    expect(sql.config.safeParse({ sql: "select '$window_start'", spans: true }).success).toBe(true);
    await expect(harness.transform(sql, { sql: "select $window_start" }, { co: SENSORS })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  });
});
