import { toDouble, toUnsignedDouble } from "../columns/int64.js";

/** Thrown where the bytes end in the middle of a value; one object, for it is thrown at the end of many pieces. */
export const CUT = new Error("the bytes end in the middle of a value");

/** A value of msgpack as JavaScript has it; 64-bit integers lose what a double cannot hold. */
export type MsgpackValue = null | boolean | number | string | MsgpackValue[] | { [key: string]: MsgpackValue };

/** Reads the few values around the rows: keys, names, marks. Throws `CUT`, and `RangeError` for bytes that are no msgpack of InfluxDB's. */
export class MsgpackToken {
  at = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;

  set(bytes: Buffer, at: number, end: number): void {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  /** The number of entries of the map that begins here. */
  map(): number {
    const byte = this.#byte();
    if ((byte & 0xf0) === 0x80) return byte & 0x0f;
    if (byte === 0xde) return this.#unsigned(2);
    if (byte === 0xdf) return this.#unsigned(4);
    throw new RangeError(`a map was expected, not byte ${byte}`);
  }

  /** The number of items of the array that begins here. */
  array(): number {
    const byte = this.#byte();
    if ((byte & 0xf0) === 0x90) return byte & 0x0f;
    if (byte === 0xdc) return this.#unsigned(2);
    if (byte === 0xdd) return this.#unsigned(4);
    if (byte === 0xc0) return 0;
    throw new RangeError(`an array was expected, not byte ${byte}`);
  }

  text(): string {
    const value = this.value();
    if (typeof value !== "string") throw new RangeError("a text was expected");
    return value;
  }

  value(): MsgpackValue {
    const start = this.at;
    const byte = this.#byte();
    if (byte < 0x80) return byte;
    if (byte >= 0xe0) return byte - 0x100;
    if (byte <= 0x9f || (byte >= 0xdc && byte <= 0xdf)) {
      this.at = start;
      return (byte & 0xf0) === 0x80 || byte >= 0xde ? this.#entries() : Array.from({ length: this.array() }, () => this.value());
    }
    if (byte <= 0xbf) return this.#string(byte & 0x1f);
    return this.#scalar(byte);
  }

  #scalar(byte: number): MsgpackValue {
    switch (byte) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return this.#bytes.readFloatBE(this.#take(4));
      case 0xcb:
        return this.#bytes.readDoubleBE(this.#take(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(1 << (byte - 0xcc));
      case 0xcf:
        return toUnsignedDouble(this.#signed(4), this.#signed(4));
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#signed(1 << (byte - 0xd0));
      case 0xd3:
        return toDouble(this.#signed(4), this.#signed(4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#unsigned(1 << (byte - 0xd9)));
      default:
        throw new RangeError(`byte ${byte} was not expected`);
    }
  }

  #entries(): { [key: string]: MsgpackValue } {
    const entries: [string, MsgpackValue][] = [];
    for (let left = this.map(); left > 0; left--) entries.push([this.text(), this.value()]);
    return Object.fromEntries(entries);
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  #string(length: number): string {
    const from = this.#take(length);
    return this.#bytes.toString("utf8", from, from + length);
  }

  #unsigned(length: number): number {
    return this.#bytes.readUIntBE(this.#take(length), length);
  }

  #signed(length: number): number {
    return this.#bytes.readIntBE(this.#take(length), length);
  }

  #take(length: number): number {
    const from = this.at;
    if (from + length > this.#end) throw CUT;
    this.at = from + length;
    return from;
  }
}
