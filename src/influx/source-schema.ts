import type { FieldType } from "./point-query.js";

/** What a source knows of a measurement, over all of its time. */
export interface SourceSchema {
  readonly tags: ReadonlySet<string>;
  /** Every type that each field has ever had. */
  readonly fields: ReadonlyMap<string, ReadonlySet<FieldType>>;
}
