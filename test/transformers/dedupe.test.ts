import { describe, expect, it } from "vitest";
import dedupe from "../../src/transformers/dedupe.js";
import { transformerContract } from "../contracts/transformer.js";
import { AIR_POINTS, AIR_SPAN, AIR_WINDOWS, SENSORS } from "../support/air-points.js";
import { openStepHarness } from "../support/step-harness.js";

const subject = { node: dedupe, inputs: { co: AIR_POINTS }, windows: AIR_WINDOWS, broken: { keys: ["sensor"] } };

describe("dedupe", () => {
  it.each(Object.entries(transformerContract))("%s", (_, check) => check({ ...subject, settings: { keys: ["sensor_id", "time_ns"] } }));

  it.each([
    [{ keys: ["sensor_id"] }, ["10 a null", "10 b 2.5", "12 a 9.5", "12 b 7"]],
    [{ keys: ["sensor_id"], keep: "first" }, ["10 a 1.5", "10 b 2.5", "12 a 8", "12 b 7"]],
    [{ keys: ["SENSOR_ID"], keep: "last", order: ["co"] }, ["10 a 1.75", "10 b 2.5", "12 a 9.5", "12 b 7"]],
  ])("keeps one row a key and window, by %j", async (settings, expected) => {
    await using harness = await openStepHarness();
    const kept = await harness.transform(dedupe, settings, { co: AIR_POINTS }, { span: AIR_SPAN });
    const rows = kept.get("")?.rows.map(({ window_start: start, sensor_id: id, co }) => `${String(start).slice(11, 13)} ${id} ${co}`);
    expect(rows?.sort()).toEqual(expected);
  });

  it("needs an order where rows have no time_ns", async () => {
    await using harness = await openStepHarness();
    const kept = harness.transform(dedupe, { keys: ["place"] }, { sensors: SENSORS });
    await expect(kept).rejects.toMatchObject({ code: "STEP_FAILED", hint: expect.stringContaining("order") });
  });
});
