import type { CsvRecord } from "./csv-record.js";
import type { RowReader } from "./row-reader.js";

/** Keeps the texts of the column `_value`: for replies that are names. */
export class TextRows implements RowReader {
  readonly texts: string[] = [];
  #value = -1;

  begin(names: readonly string[]): void {
    this.#value = names.indexOf("_value");
    if (this.#value < 0) throw new RangeError("a table lacks _value");
  }

  row(bytes: Buffer, record: CsvRecord): boolean {
    this.texts.push(record.text(bytes, this.#value));
    return true;
  }
}
