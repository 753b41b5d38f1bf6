import { writeThousandth } from "../columns/int64.js";
import type { SheetWriter } from "../columns/sheet-writer.js";
import { CellReader, FLUX_TYPES } from "./cell-reader.js";
import type { CsvRecord } from "./csv-record.js";
import { PointRows } from "./point-rows.js";
import { FIRST_COLUMN, type RowReader } from "./row-reader.js";

const COMMA = 0x2c;
const QUOTE = 0x22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const UPPER_Z = 0x5a;
/** `2026-11-22T10:00:00Z`, and the same with nine digits of a fraction. */
const SHORTEST_TIME = 20;
const LONGEST_TIME = 30;

/** Takes rows of `_time`, `_value`, `_field` and tags, and puts the values of each point together again. */
export class SheetRows implements RowReader {
  readonly #writer: SheetWriter;
  readonly #scattered: PointRows;
  readonly #cells = new CellReader();
  readonly #micros = new Int32Array(2);
  #time = -1;
  #value = -1;
  #field = -1;
  #type = "double";
  #tags: readonly { readonly cell: number; readonly name: string }[] = [];
  /** What a row of the run at hand has before its time and behind its value. */
  #head: Buffer | null = null;
  #tail: Buffer = Buffer.alloc(0);

  constructor(writer: SheetWriter) {
    this.#writer = writer;
    this.#scattered = new PointRows(writer.rest);
  }

  begin(names: readonly string[], types: readonly string[]): void {
    this.#scattered.begin(names, types);
    const own = ["_time", "_value", "_field", "_start", "_stop", "_measurement"];
    [this.#time = -1, this.#value = -1, this.#field = -1] = own.map((name) => names.indexOf(name, FIRST_COLUMN));
    this.#type = types[this.#value] ?? "";
    this.#tags = names.flatMap((name, cell) => (cell < FIRST_COLUMN || own.includes(name) ? [] : [{ cell, name }]));
    this.#head = null;
  }

  row(bytes: Buffer, record: CsvRecord): boolean {
    if (!this.#isRun(bytes, record) && !this.#enter(bytes, record)) return false;
    const from = record.from[this.#time] as number;
    if (!this.#cells.time.parse(bytes, from, record.to[this.#time] as number))
      throw new RangeError(`"${record.text(bytes, this.#time)}" is no time`);
    if (!this.#holds()) return true;
    // an empty cell of any other type stands for no value at all
    if (this.#type !== "string" && record.isEmpty(this.#value)) return true;
    const nanos = this.#cells.time.nanos;
    if (!this.#writer.place(nanos[1] as number, nanos[0] as number)) return false;
    const { column, row } = this.#writer;
    if (column === null) {
      this.#writer.scatter();
      return this.#scattered.row(bytes, record);
    }
    this.#cells.store(column, row, FLUX_TYPES[this.#type] ?? "DOUBLE", bytes, record, this.#value);
    this.#commit();
    return true;
  }

  run(bytes: Buffer, from: number, to: number): number {
    let at = from;
    while (this.#head !== null && !this.#writer.changed) {
      const next = this.#same(this.#head, bytes, at, to);
      if (next < 0) break;
      at = next;
    }
    return at;
  }

  /** Takes a row that is like the one before but for time and value, and returns where it ends; negative where it is not or cannot be taken. */
  #same(head: Buffer, bytes: Buffer, at: number, to: number): number {
    const from = at + head.length;
    if (from + SHORTEST_TIME > to || !hasBytes(bytes, at, head)) return -1;
    const comma =
      bytes[from + SHORTEST_TIME - 1] === UPPER_Z ? from + SHORTEST_TIME : ending(bytes, from, Math.min(to, from + LONGEST_TIME));
    if (bytes[comma] !== COMMA || bytes[comma + 1] === QUOTE) return -1;
    const end = ending(bytes, comma + 1, to);
    const next = end + this.#tail.length;
    if (next > to || !hasBytes(bytes, end, this.#tail) || !this.#cells.time.parse(bytes, from, comma)) return -1;
    if (!this.#holds()) return next;
    if (this.#type !== "string" && end === comma + 1) return next;
    const nanos = this.#cells.time.nanos;
    if (!this.#writer.place(nanos[1] as number, nanos[0] as number)) return -1;
    const { column, row } = this.#writer;
    if (column === null) return -1;
    this.#cells.storePlain(column, row, FLUX_TYPES[this.#type] ?? "DOUBLE", bytes, comma + 1, end);
    this.#commit();
    return next;
  }

  #holds(): boolean {
    const { nanos } = this.#cells.time;
    writeThousandth(this.#micros, nanos[1] as number, nanos[0] as number);
    return this.#writer.rest.holds(this.#micros[1] as number, this.#micros[0] as number);
  }

  #commit(): void {
    const { nanos } = this.#cells.time;
    this.#writer.commit(this.#micros[1] as number, this.#micros[0] as number, nanos[1] as number, nanos[0] as number);
  }

  #isRun(bytes: Buffer, record: CsvRecord): boolean {
    const head = this.#head;
    const from = record.from[this.#time] as number;
    const to = afterCell(bytes, record, this.#value);
    return (
      head !== null &&
      from - record.start === head.length &&
      record.end - to === this.#tail.length &&
      hasBytes(bytes, record.start, head) &&
      hasBytes(bytes, to, this.#tail)
    );
  }

  #enter(bytes: Buffer, record: CsvRecord): boolean {
    this.#head = null;
    const text = (cell: number) => this.#cells.text(bytes, record, cell);
    const tags = this.#tags.filter(({ cell }) => !record.isEmpty(cell)).map(({ cell, name }) => [name, text(cell)] as const);
    if (!this.#writer.enter({ field: text(this.#field), type: FLUX_TYPES[this.#type] ?? "DOUBLE", tags })) return false;
    if (this.#value !== this.#time + 1) return true;
    this.#head = Buffer.from(bytes.subarray(record.start, record.from[this.#time]));
    this.#tail = Buffer.from(bytes.subarray(afterCell(bytes, record, this.#value), record.end));
    return true;
  }
}

function afterCell(bytes: Buffer, record: CsvRecord, cell: number): number {
  const to = record.to[cell] as number;
  return bytes[to] === QUOTE ? to + 1 : to;
}

/** Where a cell ends that begins at a place and is not quoted. */
function ending(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== COMMA && bytes[at] !== RETURN && bytes[at] !== NEWLINE) at++;
  return at;
}

function hasBytes(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let index = 0; index < wanted.length; index++) if (bytes[at + index] !== wanted[index]) return false;
  return true;
}
