import type { ColumnBuffer } from "../columns/column-buffer.js";
import { isBefore, toDouble, toUnsignedDouble, writeThousandth } from "../columns/int64.js";
import type { PointWriter, Slot } from "../columns/point-writer.js";
import { TextCache } from "../columns/text-cache.js";
import type { FieldType } from "../point-query.js";

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const FLOAT_64 = 0xcb;
const UINT_64 = 0xcf;
const INT_64 = 0xd3;

/** Decodes rows of msgpack cells straight into columns. The bytes behind each piece may be read, up to nine of them, but never count. */
export class RowDecoder {
  readonly #writer: PointWriter;
  readonly #texts = new TextCache();
  readonly #micros = new Int32Array(2);
  #targets: readonly (Slot | null)[] = [];
  #constants: readonly (readonly [slot: Slot, text: string])[] = [];
  /** The slots' numbers by column, -1 where the writer has no such column yet. */
  #slots: number[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #end = 0;
  #high = 0;
  #low = 0;

  constructor(writer: PointWriter) {
    this.#writer = writer;
  }

  /** Says what the cells of the coming rows are, and which texts all of them share. */
  begin(targets: readonly (Slot | null)[], constants: readonly (readonly [slot: Slot, text: string])[]): void {
    this.#targets = targets;
    this.#constants = constants;
    this.#slots = targets.map((slot) => (slot === null ? -1 : this.#writer.slot(slot.role, slot.name)));
  }

  /** Decodes whole rows, counts them off in `frame`, and returns where the first that is not whole begins. */
  decode(bytes: Buffer, from: number, to: number, frame: { left: number }): number {
    if (this.#bytes !== bytes) this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#bytes = bytes;
    this.#end = to;
    let at = from;
    while (frame.left > 0 && at < to) {
      const next = this.#row(at);
      if (next < 0 || next > to || this.#writer.changed) {
        this.#writer.clear();
        break;
      }
      at = next;
      frame.left--;
    }
    return at;
  }

  /** Reads a row and commits it if its end is there; negative where the bytes end before. */
  #row(from: number): number {
    let at = this.#header(from);
    if (at >= this.#end) return -1;
    at = this.#time(at);
    if (at > this.#end) return -1;
    const low = this.#low;
    const high = this.#high;
    writeThousandth(this.#micros, high, low);
    const held = this.#writer.holds(this.#micros[1] as number, this.#micros[0] as number);
    const columns = this.#targets.length;
    for (let column = 1; column < columns; column++) {
      if (at >= this.#end) return -1;
      at = this.#cell(column, at, held);
      if (at < 0) return -1;
    }
    if (at > this.#end) return -1;
    if (!held) {
      this.#writer.outside++;
      return at;
    }
    for (const [slot, text] of this.#constants) this.#constant(slot, text);
    if (!this.#writer.changed) this.#writer.commit(this.#micros[1] as number, this.#micros[0] as number, high, low);
    return at;
  }

  #header(at: number): number {
    const byte = this.#bytes[at] as number;
    const count = (byte & 0xf0) === 0x90 ? byte & 0x0f : byte === 0xdc ? this.#view.getUint16(at + 1) : -1;
    const next = byte === 0xdc ? at + 3 : at + 1;
    if (count !== this.#targets.length && next <= this.#end)
      throw new RangeError(`a row of ${this.#targets.length} cells was expected, not byte ${byte}`);
    return next;
  }

  #time(at: number): number {
    const next = this.#integer(at);
    if (next < 0) throw new RangeError(`a time was expected, not byte ${this.#bytes[at]}`);
    return next;
  }

  /** Reads an integer of any width into `high` and `low`; negative where there is none. */
  #integer(at: number): number {
    const view = this.#view;
    const byte = this.#bytes[at] as number;
    if (byte === INT_64 || byte === UINT_64) {
      this.#high = view.getInt32(at + 1);
      this.#low = view.getInt32(at + 5);
      return at + 9;
    }
    if (byte < 0x80) return this.#small(byte, at + 1);
    if (byte >= 0xe0) return this.#small(byte - 0x100, at + 1);
    switch (byte) {
      case 0xcc:
        return this.#small(view.getUint8(at + 1), at + 2);
      case 0xcd:
        return this.#small(view.getUint16(at + 1), at + 3);
      case 0xce:
        this.#high = 0;
        this.#low = view.getInt32(at + 1);
        return at + 5;
      case 0xd0:
        return this.#small(view.getInt8(at + 1), at + 2);
      case 0xd1:
        return this.#small(view.getInt16(at + 1), at + 3);
      case 0xd2:
        return this.#small(view.getInt32(at + 1), at + 5);
      default:
        return -1;
    }
  }

  #small(value: number, next: number): number {
    this.#low = value;
    this.#high = value < 0 ? -1 : 0;
    return next;
  }

  /** Reads a cell and, in a row that is kept, stores it; negative where the bytes end in it. */
  #cell(index: number, at: number, held: boolean): number {
    const byte = this.#bytes[at] as number;
    if (byte === NIL) return at + 1;
    const column = held ? this.#writer.columns[this.#slots[index] as number] : undefined;
    if (byte === FLOAT_64) {
      if (at + 9 > this.#end) return -1;
      if (column?.type === "DOUBLE") column.setDouble(this.#writer.rows, this.#view.getFloat64(at + 1));
      else if (held) this.#need(index, "DOUBLE");
      return at + 9;
    }
    if (byte === TRUE || byte === FALSE) {
      if (column?.type === "BOOLEAN") column.setBoolean(this.#writer.rows, byte === TRUE);
      else if (held) this.#need(index, "BOOLEAN");
      return at + 1;
    }
    const next = this.#integer(at);
    if (next < 0) return this.#text(index, column, at, held);
    if (next > this.#end) return -1;
    if (held) this.#storeInteger(index, column, byte === UINT_64 && this.#high < 0);
    return next;
  }

  #storeInteger(index: number, column: ColumnBuffer | undefined, unsigned: boolean): void {
    const row = this.#writer.rows;
    if (column?.type === "DOUBLE")
      column.setDouble(row, unsigned ? toUnsignedDouble(this.#high, this.#low) : toDouble(this.#high, this.#low));
    else if (column?.type === "BIGINT" && !unsigned) column.setHalves(row, this.#high, this.#low);
    else if (column?.type === "UBIGINT" && (unsigned || !isBefore(this.#high, this.#low, 0, 0)))
      column.setHalves(row, this.#high, this.#low);
    else this.#need(index, unsigned ? "UBIGINT" : "BIGINT");
  }

  #text(index: number, column: ColumnBuffer | undefined, at: number, held: boolean): number {
    const byte = this.#bytes[at] as number;
    const width = byte === 0xd9 ? 1 : byte === 0xda ? 2 : byte === 0xdb ? 4 : 0;
    if (width === 0 && (byte & 0xe0) !== 0xa0) throw new RangeError(`a value was expected, not byte ${byte}`);
    const from = at + 1 + width;
    if (from > this.#end) return -1;
    const to = from + (width === 0 ? byte & 0x1f : this.#bytes.readUIntBE(at + 1, width));
    if (to > this.#end) return -1;
    if (column?.type === "VARCHAR") column.setText(this.#writer.rows, this.#texts.read(this.#bytes, from, to));
    else if (held) this.#need(index, "VARCHAR");
    return to;
  }

  #constant(slot: Slot, text: string): void {
    if (text === "") return;
    const column = this.#writer.columns[this.#writer.slot(slot.role, slot.name)];
    if (column === undefined) this.#writer.need(slot.role, slot.name, "VARCHAR");
    else column.setText(this.#writer.rows, text);
  }

  #need(index: number, type: FieldType): void {
    const { role, name } = this.#targets[index] as Slot;
    this.#slots[index] = this.#writer.need(role, name, type);
    this.#writer.changed = true;
  }
}
