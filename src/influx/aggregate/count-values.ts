import type { Database } from "../../core/database.js";
import { KpiError } from "../../core/errors.js";
import type { Instant } from "../../core/time.js";
import type { Span } from "../../core/window.js";
import { ALWAYS, PointCounts } from "../count/point-counts.js";
import { startOf, windowRuns } from "../count/window-runs.js";
import type { AggregateFunction } from "../point-query.js";
import type { Points } from "../points.js";
import { Cells } from "../relation/cells.js";
import { fieldType } from "../relation/to-relation.js";
import { type AggregateQuery, aggregateType, bucketOf, partName } from "./parts.js";

/**
 * Counts the values behind parts that a server has aggregated, by window and field. Throws `SOURCE_TRUNCATED` where a bucket that has values lacks
 * one of its parts.
 */
export async function countParts(db: Database, query: AggregateQuery, points: Points, span: Span | null): Promise<PointCounts> {
  const counted = await db.rows<Counted>(partsSql(query, points));
  const gap = counted.flatMap(({ gaps }) => query.fields.filter((_, index) => gaps[index] === true))[0];
  if (gap !== undefined) throw new KpiError("SOURCE_TRUNCATED", `Cannot use the aggregates of field "${gap}": some of them did not come`);
  return sumUp(query, counted, span);
}

/** Counts the values of points, by window and field; a point that came twice counts once. */
export async function countPoints(db: Database, query: AggregateQuery, points: Points, span: Span | null): Promise<PointCounts> {
  return sumUp(query, await db.rows<Counted>(pointsSql(query, points)), span);
}

/** What is counted of one bucket, in the order of the fields. */
type Counted = { bucket: number; values: number[]; gaps: boolean[] };

function partsSql(query: AggregateQuery, points: Points): string {
  const cells = new Cells(points);
  const cell = (fn: AggregateFunction, field: string) => cells.field(partName(fn, field), aggregateType(fn, query, points.schema, field));
  const counts = query.fields.map((field, index) => `coalesce(${cell("count", field)}, 0) AS n${index}`);
  const missing = (field: string) => query.aggregate.functions.map((fn) => `${cell(fn, field)} IS NULL`).join(" OR ");
  const gaps = query.fields.map((field, index) => `(${missing(field)}) AS m${index}`);
  const values = query.fields.map((_, index) => `sum(n${index})::BIGINT`).join(", ");
  const found = query.fields.map((_, index) => `bool_or(n${index} > 0 AND m${index})`).join(", ");
  return `SELECT epoch_ms(time) AS bucket, [${values}] AS values, [${found}] AS gaps FROM (${cells.select([...counts, ...gaps])}) GROUP BY 1`;
}

function pointsSql(query: AggregateQuery, points: Points): string {
  const cells = new Cells(points);
  const fields = query.fields.map((field, index) => `${cells.field(field, fieldType(query, points.schema, field))} AS f${index}`);
  const values = query.fields.map((_, index) => `count(f${index})`).join(", ");
  const bucket = `${bucketOf(query)} // 1000`;
  return `SELECT ${bucket} AS bucket, [${values}] AS values, []::BOOLEAN[] AS gaps FROM (${cells.select(fields)}) GROUP BY 1`;
}

function sumUp({ fields }: AggregateQuery, counted: readonly Counted[], span: Span | null): PointCounts {
  const counts = new PointCounts();
  const windowOf = windowFinder(span);
  for (const { bucket, values } of counted)
    for (const [index, field] of fields.entries()) counts.add(windowOf(bucket), field, values[index] ?? 0);
  return counts;
}

/** Finds the window of a bucket: each lies in one. */
function windowFinder(span: Span | null): (bucket: Instant) => Instant {
  if (span === null) return () => ALWAYS;
  const runs = windowRuns(span);
  return (bucket) => {
    const run = runs.find(({ start, end }) => start <= bucket && bucket < end);
    return run === undefined ? bucket : startOf(run, bucket);
  };
}
