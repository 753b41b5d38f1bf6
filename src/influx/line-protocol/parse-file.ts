import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { ColumnBatch, ColumnVector, Validity } from "../../core/relation.js";
import type { Window } from "../../core/window.js";
import { PointWriter, type Slot } from "../columns/point-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import type { PointQuery } from "../point-query.js";
import { NEWLINE } from "./bytes.js";
import { type FileEntry, toFileEntry } from "./file-entry.js";
import type { FileFacts } from "./file-facts.js";
import { LineParser } from "./line-parser.js";
import type { LineFile } from "./list-files.js";
import { PointSink, type SeriesTimes } from "./point-sink.js";
import { readFile } from "./read-file.js";

/** Which file is parsed, and how. */
export interface ParseJob {
  readonly file: LineFile;
  readonly query: PointQuery;
  /** What is kept. */
  readonly window: Window;
  /** Whether only lines in the window need to be looked at (see `linesWithin`). */
  readonly filter: boolean;
}

/** What a plain file holds, in a form that goes from one thread to another. */
export interface ParsedFile {
  readonly entry: FileEntry;
  readonly slots: readonly Slot[];
  /** The time, its nanoseconds, and the columns in the order of the slots. */
  readonly batches: readonly ColumnBatch[];
  readonly series: readonly SeriesTimes[];
  readonly disordered: boolean;
}

/** Reads a file apart from all others. Null where that is not simple: it holds broken lines or text, or columns that begin half-way. */
export async function parseFile({ file, query, window, filter }: ParseJob): Promise<ParsedFile | null> {
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
  const facts = filter ? await readFile(file, sink, new AbortController().signal, window) : await readAtOnce(file, sink);
  await writer.close();
  const entry = toFileEntry(file, facts);
  if (!simple || !entry.plain || !areAlike(batches, writer.slots.length)) return null;
  return { entry, slots: writer.slots, batches, series: sink.times(), disordered: sink.disordered };
}

/** Room for the next file; undefined while it is in use. */
let room: Buffer | undefined;
/** So many bytes behind the text may be read. */
const SLACK = 16;
/** What compressed text may come to, in bytes. */
const MOST_UNPACKED = 64 * 1024 * 1024;

/** In a thread of its own nobody waits meanwhile, and asking for piece after piece takes longer than reading. */
async function readAtOnce({ path }: LineFile, sink: PointSink): Promise<FileFacts> {
  const content = path.endsWith(".gz") ? gunzipSync(readFileSync(path), { maxOutputLength: MOST_UNPACKED }) : readFileSync(path);
  const end = content.length;
  const bytes = room !== undefined && room.length >= end + SLACK ? room : Buffer.alloc(end * 2 + SLACK);
  room = undefined;
  content.copy(bytes);
  bytes.fill(0, end, end + SLACK);
  bytes[end] = NEWLINE;
  const parser = new LineParser(sink);
  for (let from = 0; ; await sink.writer.reshape()) {
    from = parser.parse(bytes, from, end, true);
    if (sink.writer.changed) continue;
    room = bytes;
    return parser.facts;
  }
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
