import type { Instant } from "../core/time.js";

/** From an instant on, local time is so many minutes ahead of UTC. */
export interface UtcOffset {
  readonly from: Instant;
  readonly minutes: number;
}

/** How local time of a zone lies to UTC between two instants. Loads the calendar only where there is one to look into. */
export async function utcOffsets(timezone: string, from: Instant, to: Instant): Promise<UtcOffset[]> {
  if (timezone === "UTC") return [{ from, minutes: 0 }];
  const { Temporal } = await import("temporal-polyfill");
  const minutesOf = (zoned: InstanceType<typeof Temporal.ZonedDateTime>) => zoned.offsetNanoseconds / 60_000_000_000;
  let at = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timezone);
  const offsets = [{ from, minutes: minutesOf(at) }];
  for (;;) {
    const next = at.getTimeZoneTransition("next");
    if (next === null || next.epochMilliseconds >= to) return offsets;
    offsets.push({ from: next.epochMilliseconds, minutes: minutesOf(next) });
    at = next;
  }
}
