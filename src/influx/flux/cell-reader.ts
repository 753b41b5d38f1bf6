import type { ColumnType } from "../../core/relation.js";
import type { ColumnBuffer } from "../columns/column-buffer.js";
import { toDouble, toUnsignedDouble, writeThousandth } from "../columns/int64.js";
import { NOT_A_NUMBER, NumberScanner } from "../columns/number-scanner.js";
import { TextCache } from "../columns/text-cache.js";
import type { CsvRecord } from "./csv-record.js";
import { TimeParser } from "./time-parser.js";

/** The columns that Flux's types need. */
export const FLUX_TYPES: Readonly<Record<string, ColumnType>> = {
  double: "DOUBLE",
  long: "BIGINT",
  unsignedLong: "UBIGINT",
  boolean: "BOOLEAN",
  string: "VARCHAR",
  "dateTime:RFC3339": "TIMESTAMPTZ",
};

const LOWER_T = 0x74;
const LOWER_F = 0x66;
const SPECIAL: Readonly<Record<string, number>> = { NaN: Number.NaN, "+Inf": Number.POSITIVE_INFINITY, "-Inf": Number.NEGATIVE_INFINITY };

/** Reads cells of CSV into columns. Throws `RangeError` for a cell that is not of its type. */
export class CellReader {
  readonly texts = new TextCache();
  readonly time = new TimeParser();
  readonly #number = new NumberScanner();
  readonly #micros = new Int32Array(2);

  /** Stores a cell; false where the column is not of the cell's type. */
  store(column: ColumnBuffer, row: number, type: ColumnType, bytes: Buffer, record: CsvRecord, cell: number): boolean {
    if (type !== "VARCHAR" || record.raw[cell] !== true)
      return this.storePlain(column, row, type, bytes, record.from[cell] as number, record.to[cell] as number);
    if (column.type !== "VARCHAR") return false;
    column.setText(row, record.text(bytes, cell));
    return true;
  }

  /** Stores a cell in which nothing must be undone. */
  storePlain(column: ColumnBuffer, row: number, type: ColumnType, bytes: Buffer, from: number, to: number): boolean {
    switch (type) {
      case "VARCHAR":
        if (column.type !== "VARCHAR") return false;
        column.setText(row, this.texts.read(bytes, from, to));
        return true;
      case "BOOLEAN":
        if (column.type !== "BOOLEAN") return false;
        if (bytes[from] !== LOWER_T && bytes[from] !== LOWER_F) throw this.#wrong(type, bytes, from, to);
        column.setBoolean(row, bytes[from] === LOWER_T);
        return true;
      case "DOUBLE":
        if (column.type !== "DOUBLE") return false;
        column.setDouble(row, this.#double(bytes, from, to));
        return true;
      case "TIMESTAMPTZ":
        return this.#storeTime(column, row, bytes, from, to);
      default:
        return this.#storeInteger(column, row, type, bytes, from, to);
    }
  }

  text(bytes: Buffer, record: CsvRecord, cell: number): string {
    if (record.raw[cell] === true) return record.text(bytes, cell);
    return this.texts.read(bytes, record.from[cell] as number, record.to[cell] as number);
  }

  #double(bytes: Buffer, from: number, to: number): number {
    const end = this.#number.scan(bytes, from);
    if (end === to && this.#number.kind !== NOT_A_NUMBER) return this.#number.double[0] as number;
    const special = SPECIAL[bytes.toString("latin1", from, to)];
    if (special === undefined) throw this.#wrong("DOUBLE", bytes, from, to);
    return special;
  }

  #storeInteger(column: ColumnBuffer, row: number, type: ColumnType, bytes: Buffer, from: number, to: number): boolean {
    const unsigned = type === "UBIGINT";
    const end = unsigned ? this.#number.scanUnsigned(bytes, from) : this.#number.scanInteger(bytes, from);
    if (end !== to || this.#number.kind === NOT_A_NUMBER) throw this.#wrong(type, bytes, from, to);
    const low = this.#number.halves[0] as number;
    const high = this.#number.halves[1] as number;
    if (column.type === "DOUBLE") column.setDouble(row, unsigned ? toUnsignedDouble(high, low) : toDouble(high, low));
    else if (column.type === type) column.setHalves(row, high, low);
    else return false;
    return true;
  }

  #storeTime(column: ColumnBuffer, row: number, bytes: Buffer, from: number, to: number): boolean {
    if (column.type !== "TIMESTAMPTZ") return false;
    if (!this.time.parse(bytes, from, to)) throw this.#wrong("TIMESTAMPTZ", bytes, from, to);
    writeThousandth(this.#micros, this.time.nanos[1] as number, this.time.nanos[0] as number);
    column.setHalves(row, this.#micros[1] as number, this.#micros[0] as number);
    return true;
  }

  #wrong(type: ColumnType, bytes: Buffer, from: number, to: number): RangeError {
    return new RangeError(`"${bytes.toString("utf8", from, Math.min(to, from + 40))}" is no ${type}`);
  }
}
