import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Window } from "../../src/core/window.js";
import manualInput from "../../src/extractors/manual_input.js";
import { extractorContract } from "../contracts/extractor.js";
import { hours, openStepHarness, type StepHarness } from "../support/step-harness.js";

let harness: StepHarness;
beforeAll(async () => {
  harness = await openStepHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

describe("manual_input", () => {
  const windows = hours("2026-01-01T10:00:00Z", 2);
  const settings = { rows: [{ id: "a", limit: 0.5 }, { id: "b" }] };
  const broken = { columns: { n: "BIGINT" }, rows: [{ n: "many" }] };
  it.each(Object.entries(extractorContract))("%s", (_, check) =>
    check({ node: manualInput, settings, rows: 2, windows, empty: windows[0] as Window, broken, prepare: async () => ({}) }),
  );

  it("gives the rows with the types of their values", async () => {
    const { columns, rows } = await harness.extract(manualInput, {
      rows: [
        { id: "it's", n: 1, x: 1, ok: true },
        { id: null, x: 0.1 },
      ],
    });
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual(["id VARCHAR", "n BIGINT", "x DOUBLE", "ok BOOLEAN"]);
    expect(rows).toEqual([
      { id: "it's", n: 1, x: 1, ok: true },
      { id: null, n: null, x: 0.1, ok: null },
    ]);
  });

  it("gives the columns that are asked for, also without rows", async () => {
    const columns = { at: "TIMESTAMPTZ", 'odd "name"': "DECIMAL(9,3)" };
    const settings = { columns, rows: [{ at: "2026-01-01T10:00:00+01:00", 'odd "name"': 1.5 }] };
    expect((await harness.extract(manualInput, settings)).rows).toEqual([{ at: "2026-01-01T09:00:00Z", 'odd "name"': 1.5 }]);
    const empty = await harness.extract(manualInput, { columns, rows: [] });
    expect(empty.columns.map(({ type }) => type)).toEqual(["TIMESTAMP WITH TIME ZONE", "DECIMAL(9,3)"]);
    expect(empty.rows).toEqual([]);
  });

  it("fails for a value that its column cannot hold", async () => {
    await expect(harness.extract(manualInput, { columns: { n: "BIGINT" }, rows: [{ n: "many" }] })).rejects.toMatchObject({
      code: "STEP_FAILED",
    });
  });

  it.each([
    [{ rows: [] }, "columns must be named"],
    [{ rows: [{ a: 1 }, { a: "x" }] }, "several types"],
    [{ rows: [{ b: 1 }], columns: { a: "BIGINT" } }, "not among the columns"],
    [{ rows: [], columns: { a: "BIGINT; drop" } }, "write one of"],
    [{ rows: [{ a: { b: 1 } }] }, "Invalid input"],
  ])("refuses the settings %j", (settings, message) => {
    expect(manualInput.config.safeParse(settings).error?.message).toContain(message);
  });
});
