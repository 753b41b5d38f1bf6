import type { Ahead } from "../../core/node.js";
import { timestampLiteral } from "../../core/sql.js";
import type { Window } from "../../core/window.js";
import type { PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import { type FileEntry, overlaps } from "./file-entry.js";
import type { LineFile } from "./list-files.js";
import type { Listing } from "./listing.js";
import { type FileFound, type FilesRead, malformed, mergeSchema, readFiles } from "./read-folder.js";

/** Where files hold more text than this, in bytes, the points of them all are not kept at a time. */
const MOST_TEXT = 8 * 1024 ** 3;
/** What compressed text comes to, at a guess. */
const PACKED = 10;

function isSame(file: LineFile, { size, mtime }: LineFile): boolean {
  return file.size === size && file.mtime === mtime;
}

/** Whether there is room for the points of all windows. */
export function canKeep({ files, index }: Listing, { windows }: Ahead): boolean {
  let text = 0;
  for (const file of files) {
    const entry = index.get(file);
    if (entry === undefined || overlaps(entry, windows)) text += file.size * (file.path.endsWith(".gz") ? PACKED : 1);
  }
  return text <= MOST_TEXT;
}

/** The points of all windows that a run will come to, read in one pass through a folder: each file is read once, whatever hours it holds. */
export class FolderPass {
  readonly #read: FilesRead;
  readonly #query: PointQuery;
  readonly #found: ReadonlyMap<string, FileFound>;

  private constructor(read: FilesRead, query: PointQuery) {
    this.#read = read;
    this.#query = query;
    this.#found = new Map(read.found.map((found) => [found.file.path, found]));
  }

  /** Throws what reading a file throws, but for broken lines: those are of matter to the spans alone that their files overlap. */
  static async through(listing: Listing, query: PointQuery, { windows, append }: Ahead, target: ReadTarget): Promise<FolderPass> {
    return new FolderPass(await readFiles(listing, query, windows, { ...target, append }, () => undefined), query);
  }

  /** The points of a span; null where files that were changed or removed since, or are new, have to do with it. Throws `SOURCE_MALFORMED`. */
  of(span: Window, listing: Listing): Points | null {
    const entries = this.#entries(span, listing);
    if (entries === null) return null;
    const bounds = `time >= ${timestampLiteral(span.start)} AND time < ${timestampLiteral(span.end)}`;
    const segments = this.#read.segments.map((segment) => ({
      ...segment,
      table: `(SELECT rowid, * FROM ${segment.table} WHERE ${bounds})`,
    }));
    const { slots, scattered } = this.#read;
    const held = entries.map(({ measurements }) => measurements);
    return { schema: mergeSchema(held, this.#query.measurement), slots, segments, scattered, ambiguous: false };
  }

  #entries(span: Window, { files, index }: Listing): readonly FileEntry[] | null {
    const entries: FileEntry[] = [];
    for (const file of files) {
      const found = this.#found.get(file.path);
      const same = found !== undefined && isSame(found.file, file);
      const entry = same ? found.entry : index.get(file);
      if (entry === undefined || (!same && overlaps(entry, span))) return null;
      if (same && found.broken !== null && overlaps(entry, span)) throw malformed(file, found.broken);
      entries.push(entry);
    }
    return this.#stillHolds(span, files) ? entries : null;
  }

  /** Whether no file that is gone, or was changed, held points of the span. */
  #stillHolds(span: Window, files: readonly LineFile[]): boolean {
    const now = new Map(files.map((file) => [file.path, file]));
    return [...this.#found.values()].every(({ file, entry }) => {
      const there = now.get(file.path);
      return (there !== undefined && isSame(there, file)) || !overlaps(entry, span);
    });
  }
}
