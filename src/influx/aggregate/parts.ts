import { KpiError } from "../../core/errors.js";
import { toIso } from "../../core/time.js";
import type { Span } from "../../core/window.js";
import type { Aggregate, AggregateFunction, FieldType, PointQuery } from "../point-query.js";
import { fieldType } from "../relation/to-relation.js";
import type { SourceSchema } from "../source-schema.js";

/** A query for aggregates. */
export interface AggregateQuery extends PointQuery {
  readonly aggregate: Aggregate;
  readonly fields: readonly string[];
}

/** One number of a bucket that a server is asked for. */
export interface Part {
  readonly fn: AggregateFunction;
  readonly field: string;
  /** The name of its slot. */
  readonly name: string;
}

export function isAggregate(query: PointQuery): query is AggregateQuery {
  return query.aggregate !== null && query.fields !== null;
}

export function partName(fn: AggregateFunction, field: string): string {
  return `${fn} ${field}`;
}

/** The functions that a server is asked for: the count always, for it weighs means and tells how many values there were. */
export function partFunctions({ aggregate }: AggregateQuery): AggregateFunction[] {
  return [...new Set<AggregateFunction>(["count", ...aggregate.functions])];
}

/** What a server is asked for: each of those functions of each field. */
export function partsOf(query: AggregateQuery, fields: readonly string[]): Part[] {
  return fields.flatMap((field) => partFunctions(query).map((fn) => ({ fn, field, name: partName(fn, field) })));
}

/** The type of an aggregate's column. Throws `SOURCE_TYPE_CONFLICT` for numbers to be made of what is none. */
export function aggregateType(fn: AggregateFunction, query: PointQuery, schema: SourceSchema, field: string): FieldType {
  if (fn === "count") return "BIGINT";
  const type = fieldType(query, schema, field);
  if (fn === "first" || fn === "last") return type;
  if (type === "BOOLEAN" || type === "VARCHAR") {
    throw new KpiError("SOURCE_TYPE_CONFLICT", `Cannot take the ${fn} of field "${field}": it holds ${type}`, {
      hint: "Of texts and booleans there are count, first and last",
    });
  }
  return fn === "mean" ? "DOUBLE" : type;
}

/** The tags whose points are kept apart. */
export function groupTags({ aggregate }: AggregateQuery, schema: SourceSchema): readonly string[] {
  return aggregate.by ?? [...schema.tags].sort();
}

/** SQL for the start of a moment's bucket, in microseconds since 1970. */
export function bucketOf({ aggregate }: AggregateQuery): string {
  const every = BigInt(aggregate.every) * 1000n;
  return `(epoch_us(time) - ((epoch_us(time) % ${every}) + ${every}) % ${every})`;
}

/** The query for the points that a bucket's numbers are made of. */
export function rawQuery(query: AggregateQuery): PointQuery {
  return { ...query, tags: query.aggregate.by, aggregate: null };
}

/** Throws `CONFIG_INVALID` unless every window of the span begins and ends where a bucket does. */
export function checkBuckets({ aggregate: { every } }: AggregateQuery, span: Span | null): void {
  const astray = (span?.windows ?? []).flatMap(({ start, end }) => [start, end]).find((bound) => bound % every !== 0);
  if (astray === undefined) return;
  throw new KpiError("CONFIG_INVALID", `Cannot aggregate every ${every} ms: a window begins or ends at ${toIso(astray)}, within a bucket`, {
    hint: "Give aggregate: an every: that divides the pipeline's own; buckets are counted in UTC",
  });
}
