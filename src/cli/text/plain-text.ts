import { stripVTControlCharacters } from "node:util";

/** Control characters, but for tab and newline. */
const CONTROLS = /[^\P{Cc}\t\n]/gu;
/** Characters that turn the direction of what follows. */
const DIRECTIONS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of others as it may stand on a terminal: without escape sequences and control characters; newlines and tabs stay. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROLS, "").replace(DIRECTIONS, "");
}
