import type { Instant } from "../core/time.js";

const HOUR = 3_600_000;

/** The first moment of a local date (`2026-01-31`), which is not 00:00 where the clocks are put forward then; null when it is no date. */
export function midnight(date: string, timezone: string): Instant | null {
  const utc = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(utc) || !new Date(utc).toISOString().startsWith(date)) return null;
  const localDate = new Intl.DateTimeFormat("en-CA", { timeZone: timezone, year: "numeric", month: "2-digit", day: "2-digit" });
  let before = utc - 16 * HOUR;
  let after = utc + 16 * HOUR;
  while (after - before > 1_000) {
    const middle = Math.floor((before + after) / 2_000) * 1_000;
    if (localDate.format(middle) < date) before = middle;
    else after = middle;
  }
  return after;
}
