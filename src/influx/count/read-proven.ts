import { KpiError } from "../../core/errors.js";
import type { FieldCount } from "../../core/node.js";
import { type Instant, toIso } from "../../core/time.js";
import type { Span } from "../../core/window.js";
import type { ReadResult } from "../influx-client.js";
import type { PointQuery } from "../point-query.js";
import type { ReadTarget } from "../read-target.js";
import { askedNames, toRelation } from "../relation/to-relation.js";
import { countRead } from "./count-read.js";
import { ALWAYS } from "./point-counts.js";
import type { PointSource } from "./point-source.js";

/** So often points may be read before a count that differs counts: the first time a point may have come in between. */
const READS = 2;

/**
 * Reads points and compares them, window by window and field by field, with a count of their own: where the query says so, and where the reply's
 * framing cannot prove that nothing is missing. Throws `SOURCE_TRUNCATED` where they differ.
 */
export async function readProven(source: PointSource, query: PointQuery, span: Span | null, target: ReadTarget): Promise<ReadResult> {
  for (let reads = 1; ; reads++) {
    const points = await source.read(query, span, target);
    const { fields } = askedNames(query, points.schema);
    const needed = query.prove === "count" || points.ambiguous;
    const counted = needed ? await source.count(query, fields, span, target.signal) : null;
    const read = needed ? await countRead(target.db, points, fields, span) : null;
    const counts: WindowCounts[] = startsOf(span).map((start) => ({
      start,
      fields: fields.map((field) => ({
        values: read?.get(start, field) ?? 0,
        count: counted?.get(start, field) ?? 0,
        method: source.method,
      })),
    }));
    const difference = describeDifference(counts, fields);
    if (difference === null) {
      const { sql, counted: columns } = toRelation(query, points, target.warn);
      return { sql, counted: columns, counts: needed ? byColumn(counts, columns) : null };
    }
    if (reads === READS) throw incomplete(query, difference);
  }
}

interface WindowCounts {
  readonly start: Instant;
  /** In the order of the fields. */
  readonly fields: readonly FieldCount[];
}

function startsOf(span: Span | null): Instant[] {
  return span === null ? [ALWAYS] : span.windows.map(({ start }) => start);
}

function byColumn(counts: readonly WindowCounts[], columns: readonly string[]) {
  const named = (fields: readonly FieldCount[]) => Object.fromEntries(fields.map((count, index) => [columns[index] ?? "", count]));
  return new Map(counts.map(({ start, fields }) => [start, named(fields)]));
}

/** Tells of the first window and field for which the two counts differ; null where there is none. */
function describeDifference(counts: readonly WindowCounts[], names: readonly string[]): string | null {
  for (const { start, fields } of counts) {
    const index = fields.findIndex(({ values, count }) => values !== count);
    if (index === -1) continue;
    const from = start === ALWAYS ? "" : ` from ${toIso(start)} on`;
    return `field "${names[index]}" came with ${fields[index]?.values} values${from}, and the source counts ${fields[index]?.count}`;
  }
  return null;
}

function incomplete({ measurement }: PointQuery, difference: string): KpiError {
  return new KpiError("SOURCE_TRUNCATED", `Cannot prove "${measurement}" complete: ${difference}`, {
    hint: "A proxy between kpi and InfluxDB may cut replies; or points are still being written: raise settle of the pipeline",
  });
}
