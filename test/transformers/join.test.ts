import { afterAll, beforeAll, describe, expect, it } from "vitest";
import join from "../../src/transformers/join.js";
import { transformerContract } from "../contracts/transformer.js";
import { AIR_POINTS, AIR_SPAN, AIR_WINDOWS, SENSORS } from "../support/air-points.js";
import { type InputQuery, openStepHarness, type StepHarness } from "../support/step-harness.js";

let harness: StepHarness;
beforeAll(async () => {
  harness = await openStepHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

/** One limit a window, with a time before and one after some of the points. */
const LIMITS: InputQuery = {
  windowed: true,
  sql: `select * from (values (timestamptz '2026-01-01 10:00:00Z', timestamptz '2026-01-01 10:00:00Z', 'a', 4), (timestamptz '2026-01-01 10:00:00Z', timestamptz '2026-01-01 10:06:30Z', 'a', 5),
    (timestamptz '2026-01-01 12:00:00Z', timestamptz '2026-01-01 12:00:00Z', 'b', 6), (timestamptz '2026-01-01 12:00:00Z', timestamptz '2026-01-01 12:00:00Z', 'z', 7)) as t(window_start, time, sensor_id, co)`,
};
const windows = AIR_WINDOWS;

async function joined(settings: unknown, right: InputQuery, left: InputQuery = AIR_POINTS) {
  const relation = (await harness.transform(join, settings, { left, right }, { span: AIR_SPAN })).get("");
  return { names: relation?.columns.map(({ name }) => name), rows: relation?.rows ?? [] };
}
const short = (rows: readonly Readonly<Record<string, unknown>>[], ...names: string[]) =>
  rows.map((row) => [String(row.window_start).slice(11, 13), ...names.map((name) => row[name])].join(" ")).sort();

describe("join", () => {
  const broken = { on: ["sensor"] };
  it.each(["full", "asof"].flatMap((how) => Object.entries(transformerContract).map(([sentence, check]) => ({ how, sentence, check }))))(
    "$how of two relations with windows $sentence",
    ({ how, check }) =>
      check({ node: join, settings: { how, on: ["sensor_id"] }, inputs: { left: AIR_POINTS, right: LIMITS }, windows, broken }),
  );
  it.each(["left"].flatMap((how) => Object.entries(transformerContract).map(([sentence, check]) => ({ how, sentence, check }))))(
    "$how with a relation without windows $sentence",
    ({ how, check }) =>
      check({ node: join, settings: { how, on: ["sensor_id"] }, inputs: { left: AIR_POINTS, right: SENSORS }, windows, broken }),
  );

  it("gives the left's columns, the right's under free names, and window_start once", async () => {
    const { names, rows } = await joined({ on: ["sensor_id"], suffix: "_limit" }, LIMITS);
    expect(names).toEqual(["time", "time_ns", "sensor_id", "co", "time_limit", "co_limit", "window_start"]);
    expect(short(rows, "sensor_id", "co_limit")).toEqual(["10 a 4", "10 a 4", "10 a 4", "10 a 5", "10 a 5", "10 a 5", "12 b 6"]);
  });

  it("joins columns of other names", async () => {
    const renamed = { sql: `select sensor_id as id, place from (${SENSORS.sql})` };
    const { names, rows } = await joined({ on: { sensor_id: "id" } }, renamed);
    expect(names).toEqual(["time", "time_ns", "sensor_id", "co", "place", "window_start"]);
    expect(rows).toHaveLength(5);
  });

  it("keeps, in a full join, what either side has alone, with its key and window", async () => {
    const { rows } = await joined({ how: "full", on: ["sensor_id"] }, LIMITS);
    expect(
      short(
        rows.filter(({ co }) => co === null),
        "sensor_id",
        "co_right",
      ),
    ).toEqual(["10 a 4", "10 a 5", "12 z 7"]);
    expect(
      short(
        rows.filter(({ co_right: limit }) => limit === null),
        "sensor_id",
      ),
    ).toEqual(["10 b", "12 a", "12 a"]);
  });

  it("finds, asof, the newest row that is not after", async () => {
    const { rows } = await joined({ how: "asof", on: ["sensor_id"] }, LIMITS);
    expect(short(rows, "sensor_id", "co", "co_right")).toEqual([
      "10 a  5",
      "10 a 1.5 4",
      "10 a 1.75 4",
      "10 b 2.5 ",
      "12 a 8 ",
      "12 a 9.5 ",
      "12 b 7 6",
    ]);
  });

  it("takes a relation without windows for the right of anything, for the left of an inner join", async () => {
    expect((await joined({ how: "anti", on: ["sensor_id"] }, SENSORS)).rows.map(({ sensor_id: id }) => id)).toEqual(["b", "b"]);
    expect((await joined({ on: ["sensor_id"] }, AIR_POINTS, SENSORS)).rows).toHaveLength(5);
    for (const how of ["left", "full", "semi", "anti"])
      await expect(joined({ how, on: ["sensor_id"] }, AIR_POINTS, SENSORS)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(joined({ how: "full", on: ["sensor_id"] }, SENSORS)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      hint: "Use how: left",
    });
  });

  it("asks for another suffix where names would still clash", async () => {
    const clashing = { sql: `select sensor_id, 1 as co, 2 as co_right from (${SENSORS.sql})` };
    await expect(joined({ on: ["sensor_id"] }, { sql: `select *, 3 as co from (${SENSORS.sql})` }, clashing)).rejects.toMatchObject({
      code: "STEP_FAILED",
      hint: "Choose another suffix",
    });
  });
});
