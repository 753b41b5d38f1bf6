import { writeThousandth } from "../columns/int64.js";
import { NOT_A_NUMBER, NumberScanner } from "../columns/number-scanner.js";
import type { PointWriter } from "../columns/point-writer.js";
import { TextCache } from "../columns/text-cache.js";

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const LOWER_F = 0x66;

/** Decodes lines of JSON whose cells are a time `t` in nanoseconds and others, each into the slot its key stands for. Throws `RangeError` for others. */
export class JsonLinesDecoder {
  readonly #writer: PointWriter;
  /** By key: the number of its slot. */
  readonly #slots: ReadonlyMap<string, number>;
  readonly #keys = new TextCache();
  readonly #texts = new TextCache();
  readonly #number = new NumberScanner();
  readonly #nanos = new Int32Array(2);
  readonly #micros = new Int32Array(2);

  constructor(writer: PointWriter, slots: ReadonlyMap<string, number>) {
    this.#writer = writer;
    this.#slots = slots;
  }

  /** Decodes the whole lines in [from, to), and returns where the rest begins. */
  decode(bytes: Buffer, from: number, to: number): number {
    let at = from;
    while (at < to) {
      const end = bytes.indexOf(NEWLINE, at);
      if (end < 0 || end >= to) break;
      this.#line(bytes, at, end);
      at = end + 1;
    }
    return at;
  }

  #line(bytes: Buffer, from: number, end: number): void {
    let at = from;
    let timed = false;
    while (at < end) {
      if (bytes[at] !== (at === from ? OPEN : COMMA) || bytes[at + 1] !== QUOTE) throw this.#wrong(bytes, at, end);
      const stop = bytes.indexOf(QUOTE, at + 2);
      if (stop < 0 || stop >= end || bytes[stop + 1] !== COLON) throw this.#wrong(bytes, at, end);
      const key = this.#keys.read(bytes, at + 2, stop);
      if (key === "t") {
        at = this.#time(bytes, stop + 2, end);
        timed = true;
      } else at = this.#cell(this.#slots.get(key) ?? -1, bytes, stop + 2, end);
      if (bytes[at] === CLOSE && at === end - 1) break;
    }
    if (!timed || at !== end - 1) throw this.#wrong(bytes, from, end);
    this.#commit();
  }

  #commit(): void {
    const [low = 0, high = 0] = this.#nanos;
    const [microLow = 0, microHigh = 0] = this.#micros;
    if (this.#writer.holds(microHigh, microLow)) this.#writer.commit(microHigh, microLow, high, low);
    else {
      this.#writer.outside++;
      this.#writer.clear();
    }
  }

  #time(bytes: Buffer, from: number, end: number): number {
    const next = this.#number.scanInteger(bytes, from);
    if (this.#number.kind === NOT_A_NUMBER) throw this.#wrong(bytes, from, end);
    this.#nanos.set(this.#number.halves);
    writeThousandth(this.#micros, this.#nanos[1] ?? 0, this.#nanos[0] ?? 0);
    return next;
  }

  #cell(slot: number, bytes: Buffer, from: number, end: number): number {
    const column = this.#writer.columns[slot];
    const row = this.#writer.rows;
    if (column === undefined) throw this.#wrong(bytes, from, end);
    switch (bytes[from]) {
      case LOWER_N:
        return from + 4;
      case LOWER_T:
      case LOWER_F:
        if (column.type !== "BOOLEAN") throw this.#wrong(bytes, from, end);
        column.setBoolean(row, bytes[from] === LOWER_T);
        return from + (bytes[from] === LOWER_T ? 4 : 5);
      case QUOTE: {
        if (column.type !== "VARCHAR") throw this.#wrong(bytes, from, end);
        const stop = closing(bytes, from + 1, end);
        column.setText(row, this.#text(bytes, from, stop));
        return stop + 1;
      }
      default: {
        const { type } = column;
        const next = this.#scan(type, bytes, from);
        if (this.#number.kind === NOT_A_NUMBER) throw this.#wrong(bytes, from, end);
        if (type === "DOUBLE") column.setDouble(row, this.#number.double[0] ?? 0);
        else column.setHalves(row, this.#number.halves[1] ?? 0, this.#number.halves[0] ?? 0);
        return next;
      }
    }
  }

  #scan(type: string, bytes: Buffer, from: number): number {
    if (type === "DOUBLE") return this.#number.scan(bytes, from);
    if (type === "BIGINT") return this.#number.scanInteger(bytes, from);
    if (type === "UBIGINT") return this.#number.scanUnsigned(bytes, from);
    this.#number.kind = NOT_A_NUMBER;
    return from;
  }

  #text(bytes: Buffer, from: number, stop: number): string {
    const escaped = bytes.indexOf(BACKSLASH, from);
    if (escaped < 0 || escaped > stop) return this.#texts.read(bytes, from + 1, stop);
    return JSON.parse(bytes.toString("utf8", from, stop + 1)) as string;
  }

  #wrong(bytes: Buffer, at: number, end: number): RangeError {
    return new RangeError(`"${bytes.toString("utf8", at, Math.min(end, at + 40))}" is no cell that was asked for`);
  }
}

/** Where a text ends. */
function closing(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  throw new RangeError("a text does not end");
}
