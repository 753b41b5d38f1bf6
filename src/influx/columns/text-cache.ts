const SIZE = 1024;
const LONGEST = 64;

/** Makes text of bytes, once for those that come again and again. */
export class TextCache {
  readonly #bytes: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(SIZE);
  readonly #texts: string[] = new Array<string>(SIZE).fill("");

  read(bytes: Buffer, from: number, to: number): string {
    const length = to - from;
    if (length > LONGEST) return bytes.toString("utf8", from, to);
    let hash = length;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    const cell = (hash ^ (hash >>> 15)) & (SIZE - 1);
    const known = this.#bytes[cell];
    if (known !== undefined && known.length === length && hasBytes(known, bytes, from)) return this.#texts[cell] as string;
    const text = bytes.toString("utf8", from, to);
    this.#bytes[cell] = Uint8Array.prototype.slice.call(bytes, from, to);
    this.#texts[cell] = text;
    return text;
  }
}

function hasBytes(known: Uint8Array, bytes: Buffer, from: number): boolean {
  for (let index = 0; index < known.length; index++) if (known[index] !== bytes[from + index]) return false;
  return true;
}
