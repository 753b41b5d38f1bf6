export const NEWLINE = 0x0a;
export const RETURN = 0x0d;
export const TAB = 0x09;
export const SPACE = 0x20;
export const QUOTE = 0x22;
const HASH = 0x23;
export const COMMA = 0x2c;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;

/** The UTF-8 text of a range of bytes. */
export function toText(bytes: Buffer, from: number, to: number): string {
  return bytes.toString("utf8", from, to);
}

/** Whether a range of bytes begins with others. */
export function startsWith(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return false;
  return true;
}

/** How far a word reaches: up to a separator, or to the end of what is there. */
export function endOfWord(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== COMMA && bytes[at] !== SPACE && bytes[at] !== NEWLINE) at++;
  return at;
}

const DEFINITION = Buffer.from("CREATE DATABASE ");

/** Whether a line is a comment, or a definition between the comments of `influx_inspect export`. */
export function isRemark(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === HASH || (bytes[at] === DEFINITION[0] && startsWith(bytes, at, DEFINITION));
}
