import { writeThousandth } from "../columns/int64.js";
import type { PointWriter } from "../columns/point-writer.js";
import { CellReader, FLUX_TYPES } from "./cell-reader.js";
import type { CsvRecord } from "./csv-record.js";
import { FIRST_COLUMN, type RowReader } from "./row-reader.js";

interface RawColumn {
  readonly cell: number;
  readonly name: string;
  readonly type: string;
}

/** Takes the rows of a user's own query as they are. A row without `_time` has the time of its window's start. */
export class RawRows implements RowReader {
  readonly #writer: PointWriter;
  readonly #cells = new CellReader();
  readonly #start = new Int32Array(2);
  readonly #micros = new Int32Array(2);
  #time = -1;
  #columns: readonly RawColumn[] = [];

  constructor(writer: PointWriter, windowStart: string) {
    this.#writer = writer;
    const text = Buffer.from(windowStart);
    this.#cells.time.parse(text, 0, text.length);
    this.#start.set(this.#cells.time.nanos);
  }

  begin(names: readonly string[], types: readonly string[]): void {
    this.#time = names.indexOf("_time", FIRST_COLUMN);
    this.#columns = names.flatMap((name, cell) => {
      const type = types[cell] ?? "";
      if (cell < FIRST_COLUMN || cell === this.#time) return [];
      if (FLUX_TYPES[type] === undefined) throw new RangeError(`values of type "${type}" are not known`);
      return [{ cell, name, type }];
    });
  }

  row(bytes: Buffer, record: CsvRecord): boolean {
    const nanos = this.#timeOf(bytes, record);
    const low = nanos[0] as number;
    const high = nanos[1] as number;
    writeThousandth(this.#micros, high, low);
    if (!this.#writer.holds(this.#micros[1] as number, this.#micros[0] as number)) {
      this.#writer.outside++;
      return true;
    }
    const whole = this.#columns.map((column) => this.#store(column, bytes, record)).every((stored) => stored);
    if (whole) this.#writer.commit(this.#micros[1] as number, this.#micros[0] as number, high, low);
    return whole;
  }

  #timeOf(bytes: Buffer, record: CsvRecord): Int32Array {
    if (this.#time < 0) return this.#start;
    const { time } = this.#cells;
    if (!time.parse(bytes, record.from[this.#time] as number, record.to[this.#time] as number))
      throw new RangeError(`"${record.text(bytes, this.#time)}" is no time`);
    return Int32Array.from(time.nanos);
  }

  #store({ cell, name, type }: RawColumn, bytes: Buffer, record: CsvRecord): boolean {
    const writer = this.#writer;
    const columnType = FLUX_TYPES[type] ?? "VARCHAR";
    const column = writer.columns[writer.slot("field", name)];
    if (column === undefined) {
      writer.need("field", name, columnType);
      return false;
    }
    if (type !== "string" && record.isEmpty(cell)) return true;
    if (this.#cells.store(column, writer.rows, columnType, bytes, record, cell)) return true;
    writer.need("field", name, columnType);
    return false;
  }
}
