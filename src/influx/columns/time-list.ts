const CHUNK = 65_536;

/** Times in nanoseconds, eight bytes each, by the order in which they came. */
export class TimeList {
  length = 0;
  readonly #chunks: Int32Array[] = [];

  push(high: number, low: number): void {
    const at = this.length % CHUNK;
    if (at === 0) this.#chunks.push(new Int32Array(CHUNK * 2));
    const chunk = this.#chunks[this.#chunks.length - 1] as Int32Array;
    chunk[at * 2] = low;
    chunk[at * 2 + 1] = high;
    this.length++;
  }

  high(index: number): number {
    return this.#cell(index, 1);
  }

  low(index: number): number {
    return this.#cell(index, 0);
  }

  #cell(index: number, half: 0 | 1): number {
    const at = index % CHUNK;
    return (this.#chunks[(index - at) / CHUNK] as Int32Array)[at * 2 + half] as number;
  }
}
