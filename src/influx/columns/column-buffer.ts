import { BATCH_ROWS, type ColumnType, type ColumnVector, type Validity } from "../../core/relation.js";

/** Beyond so many texts a dictionary is begun anew: repeated ones stay cheap, unique ones do not pile up. */
const DICTIONARY_LIMIT = 16_384;

const NOTHING = new Uint8Array(BATCH_ROWS / 8);

/** One column of the batch being filled. Every view lies over the same bytes; which one counts is the type's matter. */
export class ColumnBuffer {
  readonly type: ColumnType;
  readonly doubles: Float64Array;
  /** Two cells a row, low half first, for the 64-bit types. */
  readonly halves: Int32Array;
  readonly bytes: Uint8Array;
  readonly codes: Uint32Array;
  readonly #valid = new Uint8Array(BATCH_ROWS / 8);
  readonly #data = new ArrayBuffer(BATCH_ROWS * 8);
  #present = 0;
  #dictionary: string[] = [];
  #known = new Map<string, number>();

  constructor(type: ColumnType) {
    this.type = type;
    this.doubles = new Float64Array(this.#data);
    this.halves = new Int32Array(this.#data);
    this.bytes = new Uint8Array(this.#data);
    this.codes = new Uint32Array(this.#data);
  }

  setDouble(row: number, value: number): void {
    this.doubles[row] = value;
    this.mark(row);
  }

  setHalves(row: number, high: number, low: number): void {
    this.halves[row * 2] = low;
    this.halves[row * 2 + 1] = high;
    this.mark(row);
  }

  setBoolean(row: number, value: boolean): void {
    this.bytes[row] = value ? 1 : 0;
    this.mark(row);
  }

  setText(row: number, text: string): void {
    this.codes[row] = this.#known.get(text) ?? this.#learn(text);
    this.mark(row);
  }

  /** Says that the row holds a value. */
  mark(row: number): void {
    const byte = row >> 3;
    const bit = 1 << (row & 7);
    const before = this.#valid[byte] as number;
    if ((before & bit) !== 0) return;
    this.#valid[byte] = before | bit;
    this.#present++;
  }

  /** Takes back what a row was given. */
  clear(row: number): void {
    const byte = row >> 3;
    const bit = 1 << (row & 7);
    const before = this.#valid[byte] as number;
    if ((before & bit) === 0) return;
    this.#valid[byte] = before & ~bit;
    this.#present--;
  }

  /** The column of a batch without a value. */
  nothing(): ColumnVector {
    return { ...this.vector(BATCH_ROWS + 1), valid: NOTHING } as ColumnVector;
  }

  /** The column of a batch of so many rows. */
  vector(rows: number): ColumnVector {
    const valid: Validity = this.#present === rows ? null : this.#valid;
    switch (this.type) {
      case "DOUBLE":
        return { type: this.type, data: this.doubles, valid };
      case "BIGINT":
      case "TIMESTAMPTZ":
        return { type: this.type, data: new BigInt64Array(this.#data), valid };
      case "UBIGINT":
        return { type: this.type, data: new BigUint64Array(this.#data), valid };
      case "BOOLEAN":
        return { type: this.type, data: this.bytes, valid };
      case "VARCHAR":
        return { type: this.type, codes: this.codes, dictionary: this.#dictionary, valid };
    }
  }

  /** Makes the buffer empty for the next batch. */
  reset(): void {
    if (this.#present > 0) this.#valid.fill(0);
    this.#present = 0;
    if (this.#dictionary.length <= DICTIONARY_LIMIT) return;
    this.#dictionary = [];
    this.#known = new Map();
  }

  #learn(text: string): number {
    const code = this.#dictionary.push(text) - 1;
    this.#known.set(text, code);
    return code;
  }
}
