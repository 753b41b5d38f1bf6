import { KpiError } from "../../core/errors.js";
import type { FieldCount, SourceCounts } from "../../core/node.js";
import { type Instant, toIso } from "../../core/time.js";
import type { Span } from "../../core/window.js";
import type { ReadResult } from "../influx-client.js";
import type { PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import { askedNames, type Relation, toRelation } from "../relation/to-relation.js";
import { countRead } from "./count-read.js";
import { ALWAYS, type PointCounts } from "./point-counts.js";
import type { PointSource } from "./point-source.js";

/** So often points may be read before a count that differs counts: the first time a point may have come in between. */
const READS = 2;

/** What is read, how its values are counted, and the relation that becomes of it. */
export interface Reading {
  read(): Promise<Points>;
  /** Counts the values that were read. */
  count(points: Points, fields: readonly string[]): Promise<PointCounts>;
  toRelation(points: Points): Relation;
  /** Whether the values must be counted here even where no proof is wanted, for the engine cannot. */
  readonly counted: boolean;
}

/** The reading of points as they are. */
function readPoints(source: PointSource, query: PointQuery, span: Span | null, target: ReadTarget): Reading {
  return {
    read: () => source.read(query, span, target),
    count: (points, fields) => countRead(target.db, points, fields, span),
    toRelation: (points) => toRelation(query, points, target.warn),
    counted: false,
  };
}

/**
 * Reads and compares what was read, window by window and field by field, with a count of its own: where the query says so, and where the reply's
 * framing cannot prove that nothing is missing. Throws `SOURCE_TRUNCATED` where they differ.
 */
export async function readProven(
  source: PointSource,
  query: PointQuery,
  span: Span | null,
  target: ReadTarget,
  reading = readPoints(source, query, span, target),
): Promise<ReadResult> {
  for (let reads = 1; ; reads++) {
    const points = await reading.read();
    const { fields } = askedNames(query, points.schema);
    const needed = query.prove === "count" || points.ambiguous;
    const counted = needed ? await source.count(query, fields, span, target.signal) : null;
    const read = needed || reading.counted ? await reading.count(points, fields) : null;
    const counts = toCounts(fields, span, read, counted, source.method);
    const difference = counted === null ? null : describeDifference(counts, fields);
    if (difference === null) {
      const relation = reading.toRelation(points);
      return { ...relation, counts: read === null ? null : byColumn(counts, relation.counted) };
    }
    if (reads === READS) throw incomplete(query, difference);
  }
}

function toCounts(
  fields: readonly string[],
  span: Span | null,
  read: PointCounts | null,
  counted: PointCounts | null,
  method: string,
): WindowCounts[] {
  const of = (start: Instant, field: string): FieldCount => ({
    values: read?.get(start, field) ?? 0,
    count: counted === null ? null : counted.get(start, field),
    method: counted === null ? null : method,
  });
  return startsOf(span).map((start) => ({ start, fields: fields.map((field) => of(start, field)) }));
}

/** By window and column: how many values were read, for a source that needs no other count. */
export function valuesByWindow(read: PointCounts, columns: readonly string[], span: Span | null): SourceCounts {
  return byColumn(toCounts(columns, span, read, null, ""), columns);
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
