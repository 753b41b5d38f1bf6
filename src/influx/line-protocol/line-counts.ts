import type { Instant } from "../../core/time.js";
import { type EntryLayout, KeptFiles } from "./kept-files.js";

/** How a folder is counted: file by file, so that a point that is in two of them counts twice. */
export const LINES = "lines";

/** Buckets are counted from 1970: the windows of every pipeline begin and end where one does. */
export const BUCKET = 300_000;

/** What the lines of one file hold from a moment on, as it is remembered. */
export interface LineCounts {
  readonly size: number;
  readonly mtime: number;
  readonly from: Instant;
  /** By start of bucket, then field: how many values, and their sum; null where they are no numbers. */
  readonly buckets: Readonly<Record<string, Readonly<Record<string, readonly [count: number, sum: number | null]>>>>;
}

const LAYOUT: EntryLayout<LineCounts> = {
  version: 3,
  own: ({ from, buckets }) => [from, buckets],
  shared: () => null,
  entry: ({ size, mtime }, [from, buckets]) => ({ size, mtime, from, buckets }) as LineCounts,
};

/** Opens what is known of the lines that a query asks of a folder's files; `asked` tells the query from others. */
export function openLineCounts(cache: string, asked: unknown): Promise<KeptFiles<LineCounts>> {
  return KeptFiles.open(cache, "line-counts", asked, LAYOUT);
}
