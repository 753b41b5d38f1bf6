import { KpiError } from "../../core/errors.js";
import type { Window } from "../../core/window.js";
import { PointWriter } from "../columns/point-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import type { FieldType, PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import { progressOf } from "../progress.js";
import type { ReadTarget } from "../read-target.js";
import type { SourceSchema } from "../source-schema.js";
import { type FileEntry, mergeEntries, needsFilter, overlaps, toFileEntry } from "./file-entry.js";
import type { BrokenLine } from "./file-facts.js";
import type { FolderIndex } from "./folder-index.js";
import type { LineFile } from "./list-files.js";
import { type Folder, type Listing, listFolder } from "./listing.js";
import { ParseAhead } from "./parse-ahead.js";
import { parseJobs } from "./parse-jobs.js";
import type { ParseJob } from "./parse-part.js";
import { PointSink } from "./point-sink.js";
import { readFile, TOP } from "./read-file.js";
import { type PartsTaken, takeParts } from "./take-parts.js";

/** The error for a broken line of a file. */
export function malformed(file: LineFile, { line, reason }: BrokenLine): KpiError {
  return new KpiError("SOURCE_MALFORMED", `Cannot read line ${line} of "${file.name}": ${reason}`, {
    place: { file: file.path, line },
    hint: "Mend or remove the line; nothing of the windows that the file holds is published before that",
  });
}

/** What files together know of a measurement. */
export function mergeSchema(held: Iterable<FileEntry["measurements"]>, measurement: string): SourceSchema {
  const tags = new Set<string>();
  const fields = new Map<string, Set<FieldType>>();
  // most files hold the same, and those that were read before share what tells it
  for (const measurements of new Set(held)) {
    const asked = measurements[measurement];
    for (const tag of asked?.tags ?? []) tags.add(tag);
    for (const [field, types] of Object.entries(asked?.fields ?? {})) {
      const all = fields.get(field) ?? new Set();
      for (const type of types) all.add(type);
      fields.set(field, all);
    }
  }
  return { tags, fields };
}

/** A file, what it holds, and the first broken line of what was read of it. */
export interface FileFound {
  readonly file: LineFile;
  readonly entry: FileEntry;
  readonly broken: BrokenLine | null;
}

interface Visit {
  readonly index: FolderIndex;
  readonly sink: PointSink;
  readonly window: Window | null;
  readonly signal: AbortSignal;
  /** Null where no file is parsed elsewhere. */
  readonly ahead: (Pick<ParseAhead, "parts"> & AsyncDisposable) | null;
}

/** Reads a file whatever it holds when it is not known yet, otherwise only if it can hold points of the window. */
async function visit(file: LineFile, { index, sink, window, signal, ahead }: Visit): Promise<FileFound> {
  const known = index.get(file);
  if (known !== undefined && !overlaps(known, window)) return { file, entry: known, broken: null };
  const { entries, rest } = ahead === null ? NOTHING : await takeParts(file, ahead, sink);
  const facts = rest === null ? null : await readFile(file, sink, signal, needsFilter(known, window) ? window : null, rest);
  const entry = known ?? mergeEntries(facts === null ? entries : [...entries, toFileEntry(file, facts)]);
  const broken = facts !== null && overlaps(entry, window) ? facts.broken : null;
  if (known === undefined && broken === null) index.set(file, entry);
  return { file, entry, broken };
}

const NOTHING: PartsTaken = { entries: [], rest: TOP };

/** The error, with the file it happened in. */
export function inFile(file: LineFile, thrown: unknown): unknown {
  if (!(thrown instanceof KpiError) || thrown.place !== undefined) return thrown;
  return new KpiError(thrown.code, thrown.message, { hint: thrown.hint, cause: thrown, place: { file: file.path } });
}

/**
 * Reads the points of a window (null: all) from a folder's files, in order of name.
 *
 * Throws `SOURCE_MALFORMED` with file and line for a broken line in a file that can hold points of the window, `SOURCE_TRUNCATED` for compressed data
 * that breaks off, `SOURCE_NOT_FOUND`, `SOURCE_UNREACHABLE`, `SOURCE_TYPE_CONFLICT`.
 */
export async function readFolder(folder: Folder, query: PointQuery, window: Window | null, target: ReadTarget): Promise<Points> {
  return readListed(await listFolder(folder, query.bucket), query, window, target);
}

/** As `readFolder`, of files that are listed already. */
export async function readListed(listing: Listing, query: PointQuery, window: Window | null, target: ReadTarget): Promise<Points> {
  const { slots, segments, scattered, found } = await readFiles(listing, query, window, target, ({ file, broken }) => {
    if (broken !== null) throw malformed(file, broken);
  });
  const held = found.map(({ entry }) => entry.measurements);
  return { schema: mergeSchema(held, query.measurement), slots, segments, scattered, ambiguous: false };
}

/** What files hold, and what was read of them. */
export interface FilesRead extends Pick<Points, "slots" | "segments" | "scattered"> {
  readonly found: readonly FileFound[];
}

/** Reads files in order, as far as may be in threads of `open`; `look` is shown each file as it was found, and may throw. */
export async function readFiles(
  listing: Listing,
  query: PointQuery,
  window: Window | null,
  target: ReadTarget,
  look: (found: FileFound) => void,
  open: (jobs: readonly ParseJob[]) => Visit["ahead"] = ParseAhead.open,
): Promise<FilesRead> {
  const { files, index } = listing;
  await using ahead = open(parseJobs(listing, query, window));
  const writer = new PointWriter((columns) => target.append(columns), toTimeRange(window));
  for (const [field, type] of query.types) writer.need("field", field, type);
  const sink = new PointSink(writer, query);
  const tell = progressOf(target);
  const found: FileFound[] = [];
  try {
    await writer.begin();
    for (const file of files) {
      const met = await visit(file, { index, sink, window, signal: target.signal, ahead }).catch((thrown) =>
        Promise.reject(inFile(file, thrown)),
      );
      target.signal.throwIfAborted();
      look(met);
      found.push(met);
      tell(writer.total);
    }
  } catch (thrown) {
    await writer.abandon();
    throw thrown;
  } finally {
    await index.save(files.map(({ name }) => name));
  }
  return { slots: writer.slots, segments: await writer.close(), scattered: sink.disordered, found };
}
