import { KpiError } from "../core/errors.js";
import { quoteLiteral } from "../core/sql.js";
import { type Instant, parseDuration } from "../core/time.js";
import type { Grid } from "../core/window.js";

const DAY = 86_400_000;
const BARE_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Local days of one time zone: how the start of a day is found from an instant or a date. */
interface Days {
  dayOf(instant: Instant, plusDays: number): Instant;
  midnight(date: string): Instant | null;
}

const UTC_DAYS: Days = {
  dayOf: (instant, plusDays) => (Math.floor(instant / DAY) + plusDays) * DAY,
  midnight: (date) => {
    const instant = BARE_DATE.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
    return Number.isNaN(instant) ? null : instant;
  },
};

/** Loads the calendar only for those who need it. */
async function zoneDays(timezone: string): Promise<Days> {
  const { Temporal } = await import("temporal-polyfill");
  const zoned = (instant: Instant) => Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone);
  return {
    dayOf: (instant, plusDays) => zoned(instant).toPlainDate().add({ days: plusDays }).toZonedDateTime(timezone).epochMilliseconds,
    midnight: (date) => {
      if (!BARE_DATE.test(date)) return null;
      try {
        return Temporal.PlainDate.from(date, { overflow: "reject" }).toZonedDateTime(timezone).epochMilliseconds;
      } catch {
        return null;
      }
    },
  };
}

/** Opens the raster of `every` (`5m` … `12h`, in UTC; `1d`, local days of `timezone`). Throws CONFIG_INVALID for any other step. */
export async function openGrid(every: string, timezone: string): Promise<Grid> {
  const days = timezone === "UTC" ? UTC_DAYS : await zoneDays(timezone);
  return every === "1d" ? dayGrid(timezone, days) : evenGrid(every, timezone, days);
}

function dayGrid(timezone: string, days: Days): Grid {
  const zone = quoteLiteral(timezone);
  return {
    every: "1d",
    timezone,
    floor: (instant) => days.dayOf(instant, 0),
    next: (instant) => days.dayOf(instant, 1),
    previous: (instant) => days.dayOf(instant, -1),
    midnight: days.midnight,
    startOf: (timestamp) => `(date_trunc('day', ${timestamp} AT TIME ZONE ${zone})::TIMESTAMP AT TIME ZONE ${zone})`,
  };
}

function evenGrid(every: string, timezone: string, days: Days): Grid {
  const size = parseDuration(every);
  if (size === null || size < 60_000 || DAY % size !== 0)
    throw new KpiError("CONFIG_INVALID", `Cannot lay windows of "${every}": they do not fill a day evenly`);
  const floor = (instant: Instant) => Math.floor(instant / size) * size;
  const micros = size * 1000;
  return {
    every,
    timezone,
    floor,
    next: (instant) => floor(instant) + size,
    previous: (instant) => floor(instant) - size,
    midnight: days.midnight,
    // time_bucket asks the calendar, and takes five times as long
    startOf: (timestamp) => `make_timestamptz(epoch_us(${timestamp}) - (epoch_us(${timestamp}) % ${micros} + ${micros}) % ${micros})`,
  };
}

/** How the ledger remembers a grid. The time zone moves the bounds of days alone. */
export function gridName(grid: Grid): string {
  return grid.every === "1d" ? `1d ${grid.timezone}` : grid.every;
}
