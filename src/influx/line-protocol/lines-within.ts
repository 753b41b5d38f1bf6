import type { Window } from "../../core/window.js";
import { NEWLINE, SPACE } from "./bytes.js";

const ZERO = 0x30;
/** The digits of a nanosecond below its millisecond. */
const BELOW_MILLISECOND = 6;

/**
 * Leaves out the lines whose time lies outside the window, told by their last word alone; the rest passes as it is, in pieces.
 * Only for files that were read once and are known to be sound and without text: elsewhere a line break need not end a point, and a broken line must be found.
 */
export async function* linesWithin(pieces: AsyncIterable<Buffer>, window: Window): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    const kept = keepLines(bytes, 0, end, window);
    if (kept > 0) yield bytes.subarray(0, kept);
    rest = Buffer.from(bytes.subarray(end));
  }
  if (rest.length > 0) yield rest;
}

/** Moves the lines of `[start, end)` that lie in the window to the front of those bytes; returns where they end. */
export function keepLines(bytes: Buffer, start: number, end: number, window: Window): number {
  let to = start;
  for (let from = start; from < end; ) {
    const next = bytes.indexOf(NEWLINE, from) + 1;
    if (!isOutside(bytes, from, next - 1, window)) {
      if (to !== from) bytes.copyWithin(to, from, next);
      to += next - from;
    }
    from = next;
  }
  return to;
}

/** Whether the line certainly belongs to another window. What does not end in a plain time after 1970 is left to the parser. */
function isOutside(bytes: Buffer, from: number, end: number, window: Window): boolean {
  let at = end;
  while (at > from && isDigit(bytes[at - 1] as number)) at--;
  if (end - at <= BELOW_MILLISECOND || bytes[at - 1] !== SPACE) return false;
  let milliseconds = 0;
  for (let digit = at; digit < end - BELOW_MILLISECOND; digit++) milliseconds = milliseconds * 10 + ((bytes[digit] as number) - ZERO);
  return milliseconds < window.start || milliseconds >= window.end;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte < ZERO + 10;
}
