import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { ColumnBatch, ColumnVector, Validity } from "../../core/relation.js";
import type { Window } from "../../core/window.js";
import { PointWriter, type Slot } from "../columns/point-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import type { PointQuery } from "../point-query.js";
import { type FileEntry, toFileEntry } from "./file-entry.js";
import { closed, type FilePart, type PartText, readPart, SLACK } from "./file-part.js";
import { LineParser } from "./line-parser.js";
import { keepLines } from "./lines-within.js";
import type { LineFile } from "./list-files.js";
import { PointSink, type SeriesTimes } from "./point-sink.js";

/** Which part of a file is parsed, and how. */
export interface ParseJob {
  readonly file: LineFile;
  /** The whole of it where it is compressed. */
  readonly part: FilePart;
  readonly query: PointQuery;
  /** What is kept. */
  readonly window: Window | null;
  /** Whether only lines in the window need to be looked at (see `linesWithin`). */
  readonly filter: boolean;
}

/** What a part of a plain file holds, in a form that goes from one thread to another. */
export interface ParsedPart {
  readonly entry: FileEntry;
  readonly slots: readonly Slot[];
  /** The time, its nanoseconds, and the columns in the order of the slots. */
  readonly batches: readonly ColumnBatch[];
  readonly series: readonly SeriesTimes[];
  readonly disordered: boolean;
  /** Where it lies, in bytes, and how many lines it has; of which file. */
  readonly from: number;
  readonly to: number;
  readonly lines: number;
  readonly inode: number;
}

/** Reads a part of a file apart from all others. Null where that is not simple: it holds broken lines or text, or columns that begin half-way. */
export async function parsePart({ file, part, query, window, filter }: ParseJob): Promise<ParsedPart | null> {
  const text = file.path.endsWith(".gz") ? unpack(file) : readPart(file.path, part, makeRoom);
  if (text === null) return null;
  const batches: ColumnBatch[] = [];
  let simple = true;
  const append = async () => {
    simple &&= batches.length === 0;
    return { table: "", append: (batch: ColumnBatch) => void batches.push(copyOf(batch)), close: async () => undefined };
  };
  const writer = new PointWriter(append, toTimeRange(window));
  for (const [field, type] of query.types) writer.need("field", field, type);
  const sink = new PointSink(writer, query);
  await writer.begin();
  const parser = new LineParser(sink);
  await parseText(filter && window !== null ? within(text, window) : text, parser, writer);
  await writer.close();
  const entry = toFileEntry(file, parser.facts);
  if (!simple || !entry.plain || !areAlike(batches, writer.slots.length)) return null;
  const { from, to, inode } = text;
  const lines = parser.line - 1;
  return { entry, slots: writer.slots, batches, series: sink.times(), disordered: sink.disordered, from, to, lines, inode };
}

/** Room for the next text; undefined while it is in use. */
let room: Buffer | undefined;
/** What compressed text may come to, in bytes. */
const MOST_UNPACKED = 64 * 1024 * 1024;

function makeRoom(bytes: number): Buffer {
  const made = room !== undefined && room.length >= bytes ? room : Buffer.alloc(bytes * 2);
  room = undefined;
  return made;
}

function unpack({ path, size }: LineFile): PartText {
  const text = gunzipSync(readFileSync(path), { maxOutputLength: MOST_UNPACKED });
  const bytes = makeRoom(text.length + 2 * SLACK);
  text.copy(bytes);
  return { bytes: closed(bytes, text.length), start: 0, end: text.length, from: 0, to: size, inode: 0 };
}

/** In a thread of its own nobody waits meanwhile, and asking for piece after piece takes longer than reading. */
async function parseText({ bytes, start, end }: PartText, parser: LineParser, writer: PointWriter): Promise<void> {
  for (let from = start; ; await writer.reshape()) {
    from = parser.parse(bytes, from, end, true);
    if (writer.changed) continue;
    room = bytes;
    return;
  }
}

/** The text without the lines of other windows. */
function within(text: PartText, window: Window): PartText {
  const { bytes, start, end } = text;
  // the line feed behind the text ends its last line
  const kept = keepLines(bytes, start, end + 1, window);
  return { ...text, bytes: closed(bytes, kept), end: kept };
}

function copyOf({ rows, columns }: ColumnBatch): ColumnBatch {
  return { rows, columns: columns.map((column) => copyColumn(column, rows)) };
}

function copyColumn(column: ColumnVector, rows: number): ColumnVector {
  const valid: Validity = column.valid?.slice(0, Math.ceil(rows / 8)) ?? null;
  if (column.type === "VARCHAR") return { ...column, codes: column.codes.slice(0, rows), valid };
  return { ...column, data: column.data.slice(0, rows), valid } as ColumnVector;
}

/** Whether all batches have a column for each slot, and tell texts by the same dictionaries: one that was begun anew has other codes. */
function areAlike(batches: readonly ColumnBatch[], slots: number): boolean {
  const first = batches[0]?.columns ?? [];
  return batches.every(
    ({ columns }) =>
      columns.length === slots + 2 &&
      columns.every((column, index) => column.type !== "VARCHAR" || column.dictionary === (first[index] as typeof column).dictionary),
  );
}
