import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { NEWLINE } from "./bytes.js";
import type { LineFile } from "./list-files.js";

/** So many bytes are parsed at a time; a file of a few times that is not worth cutting. */
const PART = 2 * 1024 * 1024;
const WORTH_CUTTING = 4;
/** A part's last line ends so far behind it at most, in bytes. */
const LONGEST_REST = 64 * 1024;
/** So many bytes behind the text may be read: a line feed and zeros. */
export const SLACK = 16;

/** The lines of a file that begin at bytes `[from, to)`; up to its end where `to` is null. */
export interface FilePart {
  readonly from: number;
  readonly to: number | null;
}

/** The text of a part, `bytes[start, end)`, behind which a line feed stands. */
export interface PartText {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Where in the file that is. */
  readonly from: number;
  readonly to: number;
  /** Which file it was: another of that name may have taken its place since. */
  readonly inode: number;
}

/** The whole of a file. */
export const WHOLE: FilePart = { from: 0, to: null };

/** The parts of a file, in order. */
export function partsOf({ size }: Pick<LineFile, "size">, part: number = PART): readonly FilePart[] {
  if (size <= part * WORTH_CUTTING) return [WHOLE];
  const count = Math.ceil(size / part);
  return Array.from({ length: count }, (_, index) => ({ from: index * part, to: index === count - 1 ? null : (index + 1) * part }));
}

/** Reads a part at once into what `room` gives. Null where its last line is very long. Throws what `node:fs` throws. */
export function readPart(path: string, { from, to }: FilePart, room: (bytes: number) => Buffer): PartText | null {
  const file = openSync(path, "r");
  try {
    const { size, ino: inode } = fstatSync(file);
    // the byte before tells whether a line begins here
    const first = Math.max(0, from - 1);
    const wanted = to === null ? Math.max(0, size - first) : to - first + LONGEST_REST;
    const bytes = room(wanted + 2 * SLACK);
    const length = readFully(file, bytes, wanted, first);
    const start = from === 0 ? 0 : (nextLine(bytes, 0, length) ?? length);
    const end = to === null ? length : (nextLine(bytes, to - first - 1, length) ?? (length < wanted ? length : null));
    if (end === null) return null;
    return { bytes: closed(bytes, end), start, end, from: first + start, to: first + end, inode };
  } finally {
    closeSync(file);
  }
}

/** Puts a line feed behind a text. */
export function closed(bytes: Buffer, end: number): Buffer {
  bytes.fill(0, end, end + SLACK);
  bytes[end] = NEWLINE;
  return bytes;
}

function readFully(file: number, bytes: Buffer, wanted: number, position: number): number {
  let length = 0;
  for (let read = -1; read !== 0 && length < wanted; length += read)
    read = readSync(file, bytes, length, wanted - length, position + length);
  return length;
}

/** Where the line behind the next line feed begins. */
function nextLine(bytes: Buffer, from: number, length: number): number | undefined {
  const at = bytes.subarray(0, length).indexOf(NEWLINE, from);
  return at < 0 ? undefined : at + 1;
}
