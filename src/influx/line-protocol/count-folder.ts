import type { CountContext, SourceTally } from "../../core/node.js";
import { countPoints } from "../aggregate/count-values.js";
import { PointCounts } from "../count/point-counts.js";
import { toTally } from "../count/to-tally.js";
import { windowRuns } from "../count/window-runs.js";
import type { PointQuery } from "../point-query.js";
import { askedNames, fieldColumns } from "../relation/to-relation.js";
import type { SourceSchema } from "../source-schema.js";
import { countFile } from "./count-file.js";
import { type FileEntry, overlaps, toFileEntry } from "./file-entry.js";
import { type FolderIndex, openFolderIndex } from "./folder-index.js";
import type { KeptFiles } from "./kept-files.js";
import { addLines, BUCKET, LINES, type LineCounts, openLineCounts } from "./line-counts.js";
import { describeFiles, type LineFile, listNames } from "./list-files.js";
import type { Folder } from "./listing.js";
import { inFile, malformed, mergeSchema, readFolder } from "./read-folder.js";

/** Counts a folder's points, or where it need not be exact its lines: then files that have not changed are not read again. Throws what `readFolder` throws. */
export async function countFolder(folder: Folder, query: PointQuery, context: CountContext): Promise<SourceTally> {
  const { schema, counts } = await (context.exact ? countDistinct(folder, query, context) : countLines(folder, query, context));
  const names = askedNames(query, schema);
  const columns = query.aggregate === null ? fieldColumns(names) : names.fields;
  return toTally(context.exact ? "points" : LINES, counts, names.fields, columns, context.span);
}

interface Counted {
  readonly schema: SourceSchema;
  readonly counts: PointCounts;
}

async function countDistinct(folder: Folder, query: PointQuery, context: CountContext): Promise<Counted> {
  const points = await readFolder(folder, query, context.span, { ...context, warn: () => undefined, progress: () => undefined });
  const { fields } = askedNames(query, points.schema);
  const inBuckets = { ...query, fields, aggregate: { every: BUCKET, functions: [], plain: true, by: null } };
  return { schema: points.schema, counts: await countPoints(context.db, inBuckets, points, context.span) };
}

/** What is counted, and what is known of it already. */
interface Count extends CountContext {
  readonly query: PointQuery;
  readonly index: FolderIndex;
  readonly kept: KeptFiles<LineCounts>;
}

async function countLines(folder: Folder, query: PointQuery, context: CountContext): Promise<Counted> {
  const { bucket, measurement, fields, where, types } = query;
  const names = await listNames(folder.path, bucket);
  const index = await openFolderIndex(folder.cache, folder.path, bucket);
  const kept = await openLineCounts(folder.cache, [folder.path, bucket, measurement, fields, [...where], [...types]]);
  const held = new Set<FileEntry["measurements"]>();
  const touched: string[] = [];
  const counts = new PointCounts();
  const windows = windowRuns(context.span);
  try {
    for await (const files of describeFiles(folder.path, names)) {
      for (const file of files) {
        const known = index.get(file);
        if (known !== undefined && !overlaps(known, context.span)) {
          held.add(known.measurements);
          continue;
        }
        const { entry, lines } = await visit(file, known, { ...context, query, index, kept });
        held.add(entry.measurements);
        if (overlaps(entry, context.span)) touched.push(file.name);
        addLines(counts, lines, windows, context.sums);
      }
    }
  } finally {
    await index.save(names);
    await kept.save(touched);
  }
  return { schema: mergeSchema(held, measurement), counts };
}

/** Counts a file that can hold points of the span. */
async function visit(
  file: LineFile,
  known: FileEntry | undefined,
  count: Count,
): Promise<{ readonly entry: FileEntry; readonly lines: LineCounts }> {
  const { query, index, kept, span } = count;
  const before = kept.get(file);
  if (known !== undefined && before !== undefined && before.from <= span.start) return { entry: known, lines: before };
  try {
    const { facts, lines } = await countFile(file, query, count);
    const entry = toFileEntry(file, facts);
    if (facts.broken !== null && overlaps(entry, span)) throw malformed(file, facts.broken);
    index.set(file, entry);
    kept.set(file, lines);
    return { entry, lines };
  } catch (thrown) {
    throw inFile(file, thrown);
  }
}
