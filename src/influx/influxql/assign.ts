import type { Slot } from "../columns/point-writer.js";

/** What one series of a reply brings: its columns in order, and what is the same for all its rows. */
export interface SeriesHead {
  readonly columns: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Where a series' cells go: a slot for each column, null for the time, which comes first. */
export type Assign = (head: SeriesHead) => readonly (Slot | null)[];
