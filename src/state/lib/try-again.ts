import { setTimeout as sleep } from "node:timers/promises";
import { isUnclear } from "./is-unclear.js";

const PAUSES = [100, 500, 1_500];

/** Asks again, some times, what may be asked twice: a read, or a write that is the same the second time. */
export async function tryAgain<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (const pause of PAUSES) {
    try {
      return await ask();
    } catch (thrown) {
      if (!isUnclear(thrown)) throw thrown;
    }
    await sleep(pause * (0.5 + Math.random()));
  }
  return ask();
}
