import type { CsvRecord } from "./csv-record.js";
import { FIRST_COLUMN, type RowReader } from "./row-reader.js";

/** A number of values of a field, from a moment on. */
export interface CountedValues {
  readonly time: number;
  readonly field: string;
  readonly count: number;
}

/** Keeps rows of `_time`, `_field` and `_value`, the last being a number. Throws `RangeError` for others. */
export class CountRows implements RowReader {
  readonly counts: CountedValues[] = [];
  #time = -1;
  #field = -1;
  #value = -1;

  begin(names: readonly string[]): void {
    this.#time = names.indexOf("_time", FIRST_COLUMN);
    this.#field = names.indexOf("_field", FIRST_COLUMN);
    this.#value = names.indexOf("_value", FIRST_COLUMN);
    if (this.#time < 0 || this.#field < 0 || this.#value < 0) throw new RangeError("a table lacks _time, _field or _value");
  }

  row(bytes: Buffer, record: CsvRecord): boolean {
    const time = Date.parse(record.text(bytes, this.#time));
    const value = record.text(bytes, this.#value);
    if (Number.isNaN(time) || !/^\d+$/.test(value)) throw new RangeError(`"${value}" is no count`);
    this.counts.push({ time, field: record.text(bytes, this.#field), count: Number(value) });
    return true;
  }
}
