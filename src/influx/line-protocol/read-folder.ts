import { KpiError } from "../../core/errors.js";
import type { Window } from "../../core/window.js";
import { PointWriter } from "../columns/point-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import type { FieldType, PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import { progressOf } from "../progress.js";
import type { ReadTarget } from "../read-target.js";
import type { SourceSchema } from "../source-schema.js";
import { type FileEntry, toFileEntry } from "./file-entry.js";
import type { BrokenLine } from "./file-facts.js";
import { type FolderIndex, openFolderIndex } from "./folder-index.js";
import { type LineFile, listFiles } from "./list-files.js";
import { PointSink } from "./point-sink.js";
import { readFile } from "./read-file.js";

/** A folder of line protocol, and where what is known of it is kept. */
export interface Folder {
  readonly path: string;
  readonly cache: string;
}

/** Whether a file can hold points of the window. */
export function overlaps({ times }: FileEntry, window: Window | null): boolean {
  if (times === null || window === null) return true;
  return times[0] < window.end && times[1] > window.start;
}

/** The error for a broken line of a file. */
export function malformed(file: LineFile, { line, reason }: BrokenLine): KpiError {
  return new KpiError("SOURCE_MALFORMED", `Cannot read line ${line} of "${file.name}": ${reason}`, {
    place: { file: file.path, line },
    hint: "Mend or remove the line; nothing of the windows that the file holds is published before that",
  });
}

/** What files together know of a measurement. */
export function mergeSchema(entries: readonly FileEntry[], measurement: string): SourceSchema {
  const tags = new Set<string>();
  const fields = new Map<string, Set<FieldType>>();
  for (const entry of entries) {
    const held = entry.measurements[measurement];
    for (const tag of held?.tags ?? []) tags.add(tag);
    for (const [field, types] of Object.entries(held?.fields ?? {})) {
      const all = fields.get(field) ?? new Set();
      for (const type of types) all.add(type);
      fields.set(field, all);
    }
  }
  return { tags, fields };
}

/** Reads a file whatever it holds when it is not known yet, otherwise only if it can hold points of the window. */
async function visit(file: LineFile, index: FolderIndex, sink: PointSink, window: Window | null, signal: AbortSignal): Promise<FileEntry> {
  const known = index.get(file);
  if (known !== undefined && !overlaps(known, window)) return known;
  if (known?.plain === true && window !== null) {
    const { broken } = await readFile(file, sink, signal, window);
    if (broken !== null) throw malformed(file, broken);
    return known;
  }
  const facts = await readFile(file, sink, signal);
  const entry = toFileEntry(file, facts);
  if (facts.broken !== null && overlaps(entry, window)) throw malformed(file, facts.broken);
  if (known === undefined) index.set(file, entry);
  return entry;
}

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
  const files = await listFiles(folder.path, query.bucket);
  const index = await openFolderIndex(folder.cache, folder.path, query.bucket);
  const writer = new PointWriter((columns) => target.append(columns), toTimeRange(window));
  for (const [field, type] of query.types) writer.need("field", field, type);
  const sink = new PointSink(writer, query);
  const tell = progressOf(target);
  const entries: FileEntry[] = [];
  try {
    await writer.begin();
    for (const file of files) {
      entries.push(await visit(file, index, sink, window, target.signal).catch((thrown) => Promise.reject(inFile(file, thrown))));
      tell(writer.total);
    }
  } catch (thrown) {
    await writer.abandon();
    throw thrown;
  } finally {
    await index.save(files);
  }
  const segments = await writer.close();
  return { schema: mergeSchema(entries, query.measurement), slots: writer.slots, segments, scattered: sink.disordered, ambiguous: false };
}
