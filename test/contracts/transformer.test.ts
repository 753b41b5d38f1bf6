import { AssertionError } from "node:assert";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { KpiError } from "../../src/core/errors.js";
import { defineTransformer, type StepContext } from "../../src/core/node.js";
import { AIR_POINTS, AIR_WINDOWS } from "../support/air-points.js";
import { type TransformerSubject, transformerContract } from "./transformer.js";

/** A transformer of one query, which checks nothing but that `value` is not negative. */
function subject(sql: string, work: (context: StepContext) => unknown = () => undefined): TransformerSubject {
  const node = defineTransformer({
    type: "test",
    version: 1,
    summary: "Runs a query for a test",
    config: z.strictObject({ value: z.number().describe("A number that is not negative") }),
    examples: [{ value: 1 }],
    spans: () => true,
    transform: async ({ value }, context) => {
      if (value < 0) throw new KpiError("STEP_FAILED", `Cannot use the value "${value}": it is negative`);
      await work(context);
      return { kind: "select", sql };
    },
  });
  return { node, settings: { value: 1 }, inputs: { co: AIR_POINTS }, windows: AIR_WINDOWS, broken: { value: -1 } };
}

/** Each sentence of the contract with a transformer that breaks it. */
const BROKEN: Readonly<Record<string, TransformerSubject>> = {
  "makes rows of rows": subject("select * from co where false"),
  "gives the same when it is run again": subject("select *, random() as luck from co"),
  "gives for a span what it gives window by window": subject("select *, count(*) over () as n from co"),
  "gives no rows, and the same columns, for no rows": subject("select max(window_start) as window_start, count(*) as n from co"),
  "keeps window_start in a span, and in a window gives none": subject("select * exclude (window_start) from co"),
  "leaves nothing behind in the workspace": subject("select * from co", ({ db }) =>
    db.run("create or replace table left_over as select 1 as x"),
  ),
  "says as a KpiError what it could not do": { ...subject("select * from co"), broken: { value: 1 } },
};

describe("the contract of transformers", () => {
  it("has a broken transformer for every sentence, and no other", () => {
    expect(Object.keys(BROKEN).sort()).toEqual(Object.keys(transformerContract).sort());
  });

  it.each(Object.entries(transformerContract))("is kept by a good one: %s", (_, check) => check(subject("select * from co")));

  it.each(Object.entries(transformerContract))("fails for one that breaks %j", async (sentence, check) => {
    await expect(check(BROKEN[sentence] as TransformerSubject)).rejects.toThrow(AssertionError);
  });
});
