import type { ColumnType } from "../core/relation.js";

/** The types a field may be declared to have. */
export type FieldType = Exclude<ColumnType, "TIMESTAMPTZ">;

/** What is asked of a source declaratively: a measurement's points. */
export interface PointQuery {
  readonly kind: "points";
  /** Bucket; on 1.x `database` or `database/retention-policy`. */
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
}

/** What is asked in the source's own language, with `$window_start` and `$window_end` in it. */
export interface RawQuery {
  readonly kind: "flux" | "influxql";
  readonly bucket: string;
  readonly text: string;
}

export type Query = PointQuery | RawQuery;
