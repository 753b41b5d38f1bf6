import { describe, expect, it } from "vitest";
import derive from "../../src/transformers/derive.js";
import { transformerContract } from "../contracts/transformer.js";
import { AIR_POINTS, AIR_SPAN, AIR_WINDOWS } from "../support/air-points.js";
import { openStepHarness } from "../support/step-harness.js";

const subject = { node: derive, inputs: { co: AIR_POINTS }, windows: AIR_WINDOWS, broken: { columns: { x: "c0 + 1" } } };

describe("derive", () => {
  it.each(Object.entries(transformerContract))("%s", (_, check) =>
    check({ ...subject, settings: { columns: { mg: "co * 1.145", co: "round(co)" } } }),
  );

  it("replaces columns where they stand and adds others at the end, all from the columns as they came", async () => {
    await using harness = await openStepHarness();
    const input = { a: { sql: "select 1 as x, 2 as y" } };
    const derived = await harness.transform(derive, { columns: { X: "x + 1", z: "x + y" } }, input);
    expect(derived.get("")?.columns.map(({ name }) => name)).toEqual(["X", "y", "z"]);
    expect(derived.get("")?.rows).toEqual([{ X: 2, y: 2, z: 3 }]);
  });

  it("refuses names that differ only by case", async () => {
    await using harness = await openStepHarness();
    const derived = harness.transform(derive, { columns: { x: "1", X: "2" } }, { a: { sql: "select 1 as y" } });
    await expect(derived).rejects.toMatchObject({ code: "STEP_FAILED", message: expect.stringContaining("only by case") });
  });

  it("leaves window_start to kpi", async () => {
    await using harness = await openStepHarness();
    const derived = harness.transform(derive, { columns: { Window_Start: "now()" } }, { co: AIR_POINTS }, { span: AIR_SPAN });
    await expect(derived).rejects.toMatchObject({ code: "STEP_FAILED", message: expect.stringContaining("window_start") });
  });
});
