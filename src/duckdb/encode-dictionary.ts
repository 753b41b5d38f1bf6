/** A dictionary in DuckDB's own form: texts of up to 12 bytes lie in the 16-byte cell itself, longer ones beside it. */
export interface EncodedDictionary {
  /** Four 32-bit parts a text; zeros for a long one. */
  readonly inline: Uint32Array;
  /** The UTF-8 of the texts that are too long for a cell, by code. */
  readonly long: readonly (Uint8Array | undefined)[];
}

interface Growing {
  inline: Uint32Array<ArrayBuffer>;
  long: (Uint8Array | undefined)[];
  known: number;
}

const CELL_PARTS = 4;
const CELL_BYTES = 16;
const INLINE = 12;
const encoder = new TextEncoder();
const encoded = new WeakMap<readonly string[], Growing>();

/** Encodes what the dictionary has gained since the last call: each text once, however many rows and batches name it. */
export function encodeDictionary(dictionary: readonly string[]): EncodedDictionary {
  const words = encoded.get(dictionary) ?? { inline: new Uint32Array(CELL_PARTS * 64), long: [], known: 0 };
  encoded.set(dictionary, words);
  if (words.known < dictionary.length) grow(words, dictionary);
  return words;
}

function grow(words: Growing, dictionary: readonly string[]): void {
  if (words.inline.length < dictionary.length * CELL_PARTS) {
    const larger = new Uint32Array(dictionary.length * CELL_PARTS * 2);
    larger.set(words.inline);
    words.inline = larger;
  }
  for (let code = words.known; code < dictionary.length; code++) {
    const bytes = encoder.encode(dictionary[code]);
    if (bytes.length > INLINE) words.long[code] = bytes;
    else writeCell(new Uint8Array(words.inline.buffer, code * CELL_BYTES, CELL_BYTES), bytes);
  }
  words.known = dictionary.length;
}

function writeCell(cell: Uint8Array, bytes: Uint8Array): void {
  cell[0] = bytes.length;
  cell.set(bytes, 4);
}
