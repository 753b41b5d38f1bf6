import { KpiError } from "../core/errors.js";
import { type Clock, parseInstant } from "../core/time.js";

/** The machine's clock, or one that stands still at a given moment. Throws USAGE for text that is no moment. */
export function openClock(now: string | undefined): Clock {
  if (now === undefined || now === "") return { now: () => Date.now() };
  const instant = parseInstant(now);
  if (instant === null)
    throw new KpiError("USAGE", `Cannot set the clock to "${now}": it is not a time`, { hint: "Write it like 2026-01-31T10:05:00Z" });
  return { now: () => instant };
}
