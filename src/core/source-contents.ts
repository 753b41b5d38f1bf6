import type { ColumnType } from "./relation.js";

/** What to look at in a source: its buckets (nothing given), a bucket's measurements, or one measurement. */
export interface SourceQuestion {
  readonly bucket: string | null;
  /** Null, unless a bucket is given. */
  readonly measurement: string | null;
}

/** What was found, for whoever writes a pipeline. Names are such as a step's settings take them. */
export type SourceContents =
  | { readonly level: "buckets"; readonly buckets: readonly SourceBucket[] }
  | { readonly level: "measurements"; readonly bucket: string; readonly measurements: readonly SourceMeasurement[] }
  | ({ readonly level: "measurement"; readonly bucket: string; readonly measurement: string } & MeasurementContents);

/** A bucket; on InfluxDB 1 a database under one of its retention policies. */
export interface SourceBucket {
  readonly name: string;
  /** How long points are kept, as the source says it (`168h`); null where it keeps them for ever or does not say. */
  readonly retention: string | null;
}

/** A measurement with the names of what its points hold. */
export interface SourceMeasurement {
  readonly name: string;
  /** Null where finding out would cost a query for each measurement. */
  readonly fields: readonly string[] | null;
  readonly tags: readonly string[] | null;
}

/** What a measurement's points hold, over all of time. */
export interface MeasurementContents {
  readonly tags: readonly SourceTag[];
  readonly fields: readonly SourceField[];
  /** The times of the first and the last point, RFC 3339 in UTC with as many digits as they have; null where there is none. */
  readonly first: string | null;
  readonly last: string | null;
}

/** A tag and its values. */
export interface SourceTag {
  readonly name: string;
  /** How many values it has; where `more`, that many at least. */
  readonly count: number;
  readonly more: boolean;
  /** A few of them. */
  readonly values: readonly string[];
}

/** A field and its types. */
export interface SourceField {
  readonly name: string;
  /** Every type it is known to have had. */
  readonly types: readonly ColumnType[];
}
