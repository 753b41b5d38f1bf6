import { writeThousandth } from "../columns/int64.js";
import type { PointWriter } from "../columns/point-writer.js";
import { CellReader, FLUX_TYPES } from "./cell-reader.js";
import type { CsvRecord } from "./csv-record.js";
import { FIRST_COLUMN, type RowReader } from "./row-reader.js";

/** Takes rows of `_time`, `_value`, `_field` and tags: each value becomes a row that holds only its own field. */
export class PointRows implements RowReader {
  readonly #writer: PointWriter;
  readonly #cells = new CellReader();
  readonly #micros = new Int32Array(2);
  readonly #prefix: string;
  #time = -1;
  #value = -1;
  #field = -1;
  #type: keyof typeof FLUX_TYPES = "double";
  #tags: readonly { readonly cell: number; readonly name: string; slot: number }[] = [];
  /** The field of the row before and its column's slot: most rows repeat it. */
  #last = "";
  #slot = -1;

  /** `prefix` stands before the names of fields. */
  constructor(writer: PointWriter, prefix = "") {
    this.#writer = writer;
    this.#prefix = prefix;
  }

  begin(names: readonly string[], types: readonly string[]): void {
    this.#time = names.indexOf("_time", FIRST_COLUMN);
    this.#value = names.indexOf("_value", FIRST_COLUMN);
    this.#field = names.indexOf("_field", FIRST_COLUMN);
    if (this.#time < 0 || this.#value < 0 || this.#field < 0) throw new RangeError("a table lacks _time, _value or _field");
    this.#type = types[this.#value] ?? "";
    if (FLUX_TYPES[this.#type] === undefined) throw new RangeError(`values of type "${this.#type}" are not known`);
    const own = ["_time", "_value", "_field", "_start", "_stop", "_measurement"];
    this.#tags = names.flatMap((name, cell) => (cell < FIRST_COLUMN || own.includes(name) ? [] : [{ cell, name, slot: -1 }]));
  }

  row(bytes: Buffer, record: CsvRecord): boolean {
    const { time } = this.#cells;
    if (!time.parse(bytes, record.from[this.#time] as number, record.to[this.#time] as number))
      throw new RangeError(`"${record.text(bytes, this.#time)}" is no time`);
    const low = time.nanos[0] as number;
    const high = time.nanos[1] as number;
    writeThousandth(this.#micros, high, low);
    if (!this.#writer.holds(this.#micros[1] as number, this.#micros[0] as number)) return true;
    // an empty cell of any other type stands for no value at all
    if (this.#type !== "string" && record.isEmpty(this.#value)) return true;
    if (!this.#store(bytes, record)) return false;
    this.#writer.commit(this.#micros[1] as number, this.#micros[0] as number, high, low);
    return true;
  }

  #store(bytes: Buffer, record: CsvRecord): boolean {
    const writer = this.#writer;
    const field = this.#cells.text(bytes, record, this.#field);
    if (field !== this.#last || this.#slot < 0) {
      this.#slot = writer.slot("field", this.#prefix + field);
      this.#last = field;
    }
    const type = FLUX_TYPES[this.#type] ?? "DOUBLE";
    const column = writer.columns[this.#slot];
    let whole = column !== undefined && this.#cells.store(column, writer.rows, type, bytes, record, this.#value);
    if (!whole) this.#slot = writer.need("field", this.#prefix + field, type);
    for (const tag of this.#tags) {
      if (record.isEmpty(tag.cell)) continue;
      if (tag.slot < 0) tag.slot = writer.slot("tag", tag.name);
      const texts = writer.columns[tag.slot];
      if (texts === undefined) {
        tag.slot = writer.need("tag", tag.name, "VARCHAR");
        whole = false;
      } else texts.setText(writer.rows, this.#cells.text(bytes, record, tag.cell));
    }
    return whole;
  }
}
