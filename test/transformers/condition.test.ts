import { describe, expect, it } from "vitest";
import condition from "../../src/transformers/condition.js";
import { transformerContract } from "../contracts/transformer.js";
import { AIR_POINTS, AIR_SPAN, AIR_WINDOWS } from "../support/air-points.js";
import { openStepHarness } from "../support/step-harness.js";

const subject = { node: condition, inputs: { co: AIR_POINTS }, windows: AIR_WINDOWS, broken: { when: "co" } };

describe("condition", () => {
  it.each(Object.entries(transformerContract))("as a split %s", (_, check) =>
    check({ ...subject, settings: { when: "co > 2", mode: "split" }, broken: { when: "c0 > 2", mode: "split" } }),
  );
  it.each(Object.entries(transformerContract))("as a gate %s", (_, check) => check({ ...subject, settings: { when: "count(*) > 1" } }));

  const ports = async (settings: unknown, hour: number) => {
    await using harness = await openStepHarness();
    const relations = await harness.transform(condition, settings, { co: AIR_POINTS }, { window: AIR_WINDOWS[hour] ?? null });
    return [...relations].map(([port, { rows }]) => `${port} ${rows.length}`);
  };

  it("opens one of its ports as a gate, and closes the other", async () => {
    expect(await ports({ when: "count(*) > 3" }, 0)).toEqual(["true 4"]);
    expect(await ports({ when: "count(*) > 3" }, 2)).toEqual(["false 3"]);
    expect(await ports({ when: "max(co) > 100" }, 1)).toEqual(["false 0"]);
  });

  it("splits rows, those that are neither true nor false among the false", async () => {
    await using harness = await openStepHarness();
    const relations = await harness.transform(condition, { when: "co < 2", mode: "split" }, { co: AIR_POINTS }, { span: AIR_SPAN });
    expect(relations.get("true")?.rows.map(({ co }) => co)).toEqual([1.5, 1.75]);
    expect(relations.get("false")?.rows.map(({ co }) => co)).toEqual([2.5, null, 7, 8, 9.5]);
  });
});
