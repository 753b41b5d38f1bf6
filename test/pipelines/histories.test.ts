import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actions, History } from "../support/history.js";

const LONG = process.env.KPI_TEST_LONG === "1";
const RUNS = LONG ? 10_000 : 20;

describe("whatever happens to a pipeline", () => {
  it(`${RUNS} times: nothing is lost or doubled, the state never leads, nothing is left behind, and in the end all is as the source says`, {
    timeout: LONG ? 86_400_000 : 120_000,
  }, async () => {
    let happened = 0;
    await fc.assert(
      fc.asyncProperty(actions, async (events) => {
        const history = await History.begin();
        try {
          for (const event of events) {
            await history.happen(event);
            await history.check();
            happened += 1;
          }
          await history.settle();
        } finally {
          history.remove();
        }
      }),
      { numRuns: RUNS, endOnFailure: !LONG },
    );
    expect(happened).toBeGreaterThanOrEqual(RUNS * 3);
  });
});
