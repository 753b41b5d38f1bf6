/** How many bytes are looked at together. */
const BLOCK = 4;

const hash = (bytes: Buffer, at: number): number => {
  const block = bytes.readInt32LE(at);
  return (block ^ (block >>> 15)) & 0xffff;
};

/**
 * Tells which of many texts stand in some bytes. Of texts that are all n bytes long or longer it looks at every (n − 3)rd place only, so that hundreds are
 * looked for at some hundred MB a second.
 */
export class TextFinder {
  readonly #step: number;
  readonly #isKnown = new Uint8Array(1 << 16);
  /** The texts that a block stands in, by its hash, and how far from their beginning. */
  readonly #byBlock = new Map<number, { readonly text: Buffer; readonly offset: number }[]>();

  constructor(texts: readonly string[]) {
    const all = texts.map((text) => Buffer.from(text));
    this.#step = Math.min(...all.map(({ length }) => length)) - BLOCK + 1;
    if (this.#step < 1) throw new RangeError(`a text of less than ${BLOCK} bytes`);
    for (const text of all) {
      for (let offset = 0; offset < this.#step; offset++) {
        const block = hash(text, offset);
        this.#isKnown[block] = 1;
        this.#byBlock.set(block, [...(this.#byBlock.get(block) ?? []), { text, offset }]);
      }
    }
  }

  find(bytes: Buffer): string[] {
    const found = new Set<Buffer>();
    for (let at = 0; at <= bytes.length - BLOCK; at += this.#step) {
      const block = hash(bytes, at);
      if (this.#isKnown[block] === 0) continue;
      for (const { text, offset } of this.#byBlock.get(block) ?? []) {
        const begin = at - offset;
        if (begin >= 0 && text.equals(bytes.subarray(begin, begin + text.length))) found.add(text);
      }
    }
    return [...found].map(String);
  }
}
