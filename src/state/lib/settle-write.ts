import { setTimeout as sleep } from "node:timers/promises";
import { isUnclear } from "./is-unclear.js";

/** What stands where something was to be written. */
export type Standing = "ours" | "as before" | "others'";

const PAUSES = [100, 500, 1_500];

/**
 * Makes a conditional write whose answer may get lost: then what stands there settles it, and it is made again where nothing has changed. True: it was
 * made, once. False: others were first. Throws what the last attempt or look did.
 */
export async function settleWrite(attempt: () => Promise<boolean>, look: () => Promise<Standing>): Promise<boolean> {
  for (let tries = 0; ; tries++) {
    try {
      const made = await attempt();
      if (made || tries === 0 || tries > PAUSES.length) return made;
    } catch (thrown) {
      if (!isUnclear(thrown) || tries > PAUSES.length) throw thrown;
    }
    await sleep((PAUSES[tries] ?? 0) * (0.5 + Math.random()));
    const standing = await look();
    if (standing !== "as before") return standing === "ours";
  }
}
