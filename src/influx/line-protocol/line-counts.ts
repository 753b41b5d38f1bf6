import type { Instant } from "../../core/time.js";
import type { PointCounts } from "../count/point-counts.js";
import { startOf, type WindowRun } from "../count/window-runs.js";
import { type EntryLayout, KeptFiles } from "./kept-files.js";

/** How a folder is counted: file by file, so that a point that is in two of them counts twice. */
export const LINES = "lines";

/** The length of a bucket, in ms. They are counted from 1970: the windows of every pipeline begin and end where one does. */
export const BUCKET = 300_000;

/** How many values there are in some buckets, and their sums; null where they are no numbers. */
export interface BucketCounts {
  /** How many buckets after 1970 each of them begins. */
  readonly buckets: readonly number[];
  readonly fields: Readonly<Record<string, readonly [counts: readonly number[], sums: readonly (number | null)[]]>>;
}

/** What the lines of one file hold from a moment on, as it is remembered. */
export interface LineCounts {
  readonly size: number;
  readonly mtime: number;
  readonly from: Instant;
  /** A bucket may be in several. */
  readonly parts: readonly BucketCounts[];
}

const LAYOUT: EntryLayout<LineCounts> = {
  version: 4,
  width: 2,
  own: ({ from, parts }) => [from, parts],
  shared: () => null,
  entry: ({ size, mtime }, [from, parts], row) => ({ size, mtime, from: from?.[row], parts: parts?.[row] }) as LineCounts,
};

/** Opens what is known of the lines that a query asks of a folder's files; `asked` tells the query from others. */
export function openLineCounts(cache: string, asked: unknown): Promise<KeptFiles<LineCounts>> {
  return KeptFiles.open(cache, "line-counts", asked, LAYOUT);
}

/** Adds what a file's lines hold within the windows. */
export function addLines(counts: PointCounts, { parts }: LineCounts, windows: readonly WindowRun[], sums: boolean): void {
  for (const { buckets, fields } of parts) {
    const starts = buckets.map((bucket) => windowOf(windows, bucket * BUCKET));
    for (const [field, [numbers, totals]] of Object.entries(fields)) {
      for (const [index, start] of starts.entries()) {
        if (start === null) continue;
        counts.add(start, field, numbers[index] ?? 0);
        const sum = totals[index] ?? null;
        if (sums && sum !== null) counts.addSum(start, field, sum);
      }
    }
  }
}

function windowOf(windows: readonly WindowRun[], moment: Instant): Instant | null {
  const run = windows.find(({ start, end }) => start <= moment && moment < end);
  return run === undefined ? null : startOf(run, moment);
}
