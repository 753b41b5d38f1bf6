import { describe, expect, it } from "vitest";
import filter from "../../src/transformers/filter.js";
import { transformerContract } from "../contracts/transformer.js";
import { AIR_POINTS, AIR_SPAN, AIR_WINDOWS } from "../support/air-points.js";
import { openStepHarness } from "../support/step-harness.js";

describe("filter", () => {
  it.each(Object.entries(transformerContract))("%s", (_, check) =>
    check({ node: filter, settings: { where: "co > 2" }, inputs: { co: AIR_POINTS }, windows: AIR_WINDOWS, broken: { where: "c0 > 2" } }),
  );

  it("keeps what is true, not what is false or NULL", async () => {
    await using harness = await openStepHarness();
    const kept = await harness.transform(filter, { where: "co < 8 -- not hot" }, { co: AIR_POINTS }, { span: AIR_SPAN });
    expect(kept.get("")?.rows.map(({ co }) => co)).toEqual([1.5, 1.75, 2.5, 7]);
  });
});
