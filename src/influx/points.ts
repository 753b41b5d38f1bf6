import type { Segment, Slot } from "./columns/point-writer.js";
import type { SourceSchema } from "./source-schema.js";

/** Points that were read: the tables that hold them, and what to make of these. */
export interface Points {
  readonly schema: SourceSchema;
  readonly slots: readonly Slot[];
  /** In the order of reading. */
  readonly segments: readonly Segment[];
  /** True where a point may lie in several rows: they become one, and of a field's several values the last one read counts. */
  readonly scattered: boolean;
  /** True where the framing cannot prove that nothing is missing, for an end within a reply looks like the reply's own. */
  readonly ambiguous: boolean;
}
