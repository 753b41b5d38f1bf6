import fc from "fast-check";
import { describe, it } from "vitest";
import { actions, History } from "../support/history.js";

const LONG = process.env.KPI_TEST_LONG === "1";
const RUNS = LONG ? 10_000 : process.env.KPI_REQUIRE_SERVERS === "1" ? 200 : 20;

// two at a time: most of the work is DuckDB's, which leaves this thread free
describe.concurrent("whatever happens to a pipeline", () => {
  it.for(["one half", "the other half"])(
    `${RUNS} times, %s: nothing is lost or doubled, the state never leads, nothing is left behind, and in the end all is as the source says`,
    { timeout: LONG ? 86_400_000 : 15_000 * RUNS },
    async (_, { expect }) => {
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
        { numRuns: RUNS / 2, endOnFailure: !LONG },
      );
      expect(happened).toBeGreaterThanOrEqual((RUNS / 2) * 3);
    },
  );
});
