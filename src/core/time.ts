/** A moment: milliseconds since 1970-01-01T00:00:00Z. Bounds of windows are never finer; points in a source may be (nanoseconds, in columns only). */
export type Instant = number;

/** Writes an instant as RFC 3339 in UTC, without a fraction that is zero: `2026-01-01T10:00:00Z`. */
export function toIso(instant: Instant): string {
  return new Date(instant).toISOString().replace(".000Z", "Z");
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/i;

/** Reads RFC 3339 text that carries its offset; null when it is not such text (a bare date depends on a time zone: see `Grid`). */
export function parseInstant(text: string): Instant | null {
  if (!RFC_3339.test(text)) return null;
  const instant = Date.parse(text.replace(" ", "T"));
  return Number.isNaN(instant) ? null : instant;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads a duration such as `90s`, `5m`, `48h`, `1h30m`, `2d` into milliseconds; null when it is not one. A day is 24 hours here. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(ms|s|m|h|d|w))+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h|d|w)/g)) total += Number(amount) * (UNITS[unit as string] as number);
  return Number.isSafeInteger(total) ? total : null;
}

/** What tells the time. A command has one, set by `--now` or `KPI_NOW` where given, so that no result depends on the hour it is tried in. */
export interface Clock {
  now(): Instant;
}
