import { KpiError } from "../../core/errors.js";
import { quoteIdentifier, quoteLiteral, timestampLiteral } from "../../core/sql.js";
import { type Instant, toIso } from "../../core/time.js";
import type { Window } from "../../core/window.js";
import type { Target } from "./target.js";

/** The name that the engine gives to a window's start in the rows it hands over. */
export const WINDOW_START = "window_start";

/** The column of the table that holds a window's start: TIMESTAMPTZ, or in a table that others made TIMESTAMP in UTC. */
export interface WindowColumn {
  readonly name: string;
  readonly quoted: string;
  readonly zoned: boolean;
}

const ZONED = "TIMESTAMP WITH TIME ZONE";

/** Throws SCHEMA_DRIFT for a table that has no such column, or one of another type. */
export function windowColumn(name: string, { name: table, columns }: Target): WindowColumn {
  const found = columns?.find((column) => column.name.toLowerCase() === name.toLowerCase());
  if (columns !== null && found?.type !== ZONED && found?.type !== "TIMESTAMP") {
    const state = found === undefined ? "it has no such column" : `it is of type ${found.type}`;
    throw new KpiError("SCHEMA_DRIFT", `Cannot find the windows of "${table}" by its column "${name}": ${state}`, {
      hint: "Name the column that holds the window's start (TIMESTAMPTZ, or TIMESTAMP in UTC) with `window_column`, or publish to another table",
    });
  }
  return { name: found?.name ?? name, quoted: quoteIdentifier(found?.name ?? name), zoned: found?.type !== "TIMESTAMP" };
}

/** The window's start of a row, as the table keeps it. */
export function toColumn({ zoned }: WindowColumn, timestamp: string): string {
  return zoned ? timestamp : `${timestamp} AT TIME ZONE 'UTC'`;
}

/** Rows whose value lies in one of the windows. Adjacent windows become one range, so that the table's zone maps help. */
export function inWindows({ quoted, zoned }: Omit<WindowColumn, "name">, windows: readonly Window[]): string {
  const literal = (instant: Instant) => (zoned ? timestampLiteral(instant) : `TIMESTAMP ${quoteLiteral(toIso(instant).replace("Z", ""))}`);
  const ranges: Window[] = [];
  for (const window of windows) {
    const last = ranges.at(-1);
    if (last?.end === window.start) ranges[ranges.length - 1] = { start: last.start, end: window.end };
    else ranges.push(window);
  }
  return ranges.map(({ start, end }) => `(${quoted} >= ${literal(start)} AND ${quoted} < ${literal(end)})`).join(" OR ") || "false";
}
