import type { Database } from "../../core/database.js";
import { timestampLiteral } from "../../core/sql.js";
import type { Span } from "../../core/window.js";
import type { Points } from "../points.js";
import { rowsOf } from "../relation/cells.js";
import { ALWAYS, PointCounts } from "./point-counts.js";
import { windowRuns } from "./window-runs.js";

/** Counts the values that were read, by window and field. */
export async function countRead(db: Database, points: Points, fields: readonly string[], span: Span | null): Promise<PointCounts> {
  const counts = new PointCounts();
  if (points.segments.length === 0) return counts;
  const read = `SELECT [${fields.map((field) => countOf(points, field)).join(", ")}] AS counts`;
  const from = `FROM (${points.segments.map((segment) => `FROM ${rowsOf(segment)}`).join(" UNION ALL BY NAME ")})`;
  const add = (start: number, values: readonly number[]) => {
    for (const [index, field] of fields.entries()) counts.add(start, field, values[index] ?? 0);
  };
  if (span === null) for (const row of await db.rows<{ counts: number[] }>(`${read} ${from}`)) add(ALWAYS, row.counts);
  for (const { start, end, every } of span === null ? [] : windowRuns(span)) {
    const number = `(epoch_us(time) - ${start * 1000}) // ${every * 1000}`;
    const bounds = `time >= ${timestampLiteral(start)} AND time < ${timestampLiteral(end)}`;
    const rows = await db.rows<{ number: number; counts: number[] }>(`${read}, ${number} AS number ${from} WHERE ${bounds} GROUP BY ALL`);
    for (const row of rows) add(start + row.number * every, row.counts);
  }
  return counts;
}

function countOf({ slots, segments }: Points, field: string): string {
  const slot = slots.findIndex(({ role, name }) => role === "field" && name === field);
  return segments.some(({ columns }) => columns.some((column) => column.slot === slot)) ? `count(c${slot})` : "0";
}
