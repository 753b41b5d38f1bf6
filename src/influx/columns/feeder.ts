import type { RowsWriter } from "./rows-writer.js";

const START = 1024 * 1024;
/** So many bytes behind the data may be read: a line feed and zeros. */
const SLACK = 16;
const NEWLINE = 0x0a;

/** Decodes what lies wholly in [from, to) and returns where the rest begins; gives way early when the writer must be reshaped. */
export type Decode = (bytes: Buffer, from: number, to: number, final: boolean) => number;

/** Feeds a decoder whatever pieces come, keeping only what it could not use yet. */
export class Feeder {
  readonly #writer: RowsWriter;
  readonly #decode: Decode;
  #bytes = Buffer.alloc(START);
  #from = 0;
  #to = 0;

  constructor(writer: RowsWriter, decode: Decode) {
    this.#writer = writer;
    this.#decode = decode;
  }

  /** Resolves to the number of bytes that wait for more. */
  feed(piece: Buffer): Promise<number> {
    this.#makeRoom(piece.length);
    piece.copy(this.#bytes, this.#to);
    this.#to += piece.length;
    this.#bytes.fill(0, this.#to, this.#to + SLACK);
    this.#bytes[this.#to] = NEWLINE;
    return this.#run(false);
  }

  /** Says that nothing more comes. */
  finish(): Promise<number> {
    this.#bytes[this.#to] = NEWLINE;
    return this.#run(true);
  }

  async #run(final: boolean): Promise<number> {
    for (;;) {
      this.#from = this.#decode(this.#bytes, this.#from, this.#to, final);
      if (!this.#writer.changed) return this.#to - this.#from;
      await this.#writer.reshape();
    }
  }

  #makeRoom(length: number): void {
    if (this.#to + length + SLACK <= this.#bytes.length) return;
    const rest = this.#to - this.#from;
    const room = rest + length + SLACK;
    const target = room <= this.#bytes.length ? this.#bytes : Buffer.alloc(room * 2);
    this.#bytes.copy(target, 0, this.#from, this.#to);
    this.#bytes = target;
    this.#from = 0;
    this.#to = rest;
  }
}
