import type { ColumnType } from "../core/relation.js";

/** The types a field may be declared to have. */
export type FieldType = Exclude<ColumnType, "TIMESTAMPTZ">;

export const AGGREGATE_FUNCTIONS = ["mean", "sum", "count", "min", "max", "first", "last"] as const;
export type AggregateFunction = (typeof AGGREGATE_FUNCTIONS)[number];

/** What is wanted instead of the points themselves: one row a bucket of time and a combination of tags. */
export interface Aggregate {
  /** The length of a bucket in ms; buckets are counted from 1970 in UTC. */
  readonly every: number;
  readonly functions: readonly AggregateFunction[];
  /** Whether a column has its field's name alone, which does when there is one function. */
  readonly plain: boolean;
  /** The tags whose points are kept apart; null = all that the source knows, by name. */
  readonly by: readonly string[] | null;
}

/** What is asked of a source declaratively: a measurement's points. */
export interface PointQuery {
  readonly kind: "points";
  /** Bucket; on 1.x `database` or `database/retention-policy`; on 3.x database. */
  readonly bucket: string;
  readonly measurement: string;
  /** In the order of the columns; null = all that the source knows, by name. */
  readonly fields: readonly string[] | null;
  /** Null = all that the source knows, by name. */
  readonly tags: readonly string[] | null;
  /** Tags and the values they may have. */
  readonly where: ReadonlyMap<string, readonly string[]>;
  /** What a field's values must fit. */
  readonly types: ReadonlyMap<string, FieldType>;
  /** `count`: the values that were read are compared with a count by the source; `framing`: only where a reply's framing proves nothing. */
  readonly prove: "framing" | "count";
  /** Null = the points as they are. */
  readonly aggregate: Aggregate | null;
}

/** What is asked in the source's own language, with `$window_start` and `$window_end` in it. */
export interface RawQuery {
  readonly kind: "flux" | "influxql" | "sql";
  readonly bucket: string;
  readonly text: string;
}

export type Query = PointQuery | RawQuery;
