import { negate, writeProduct } from "../columns/int64.js";

const ZERO = 0x30;
const DOT = 0x2e;
const DATE = 10;
const BILLION = 1_000_000_000;

function digits(bytes: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Two digits. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - ZERO;
  const ones = (bytes[at + 1] as number) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Reads times such as `2026-11-22T10:00:00.123456789Z` into nanoseconds since 1970. */
export class TimeParser {
  readonly nanos = new Int32Array(2);
  readonly #date = new Uint8Array(DATE);
  #midnight = 0;

  /** False where the bytes in [from, to) are no such time. */
  parse(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from < 20 || !this.#useDate(bytes, from)) return false;
    const seconds = this.#midnight + pair(bytes, from + 11) * 3600 + pair(bytes, from + 14) * 60 + pair(bytes, from + 17);
    const fraction = bytes[from + 19] === DOT ? to - from - 21 : 0;
    const nanos = fraction === 0 ? 0 : digits(bytes, from + 20, fraction) * 10 ** (9 - fraction);
    if (Number.isNaN(seconds + nanos) || fraction > 9 || bytes[to - 1] !== 0x5a) return false;
    writeProduct(this.nanos, Math.abs(seconds), BILLION, seconds < 0 ? -nanos : nanos);
    if (seconds < 0) negate(this.nanos);
    return true;
  }

  /** Rows of one day follow one another: a date is worked out once. */
  #useDate(bytes: Uint8Array, from: number): boolean {
    for (let index = 0; index < DATE; index++) if (bytes[from + index] !== this.#date[index]) return this.#setDate(bytes, from);
    return true;
  }

  #setDate(bytes: Uint8Array, from: number): boolean {
    const midnight = Date.UTC(digits(bytes, from, 4), digits(bytes, from + 5, 2) - 1, digits(bytes, from + 8, 2)) / 1000;
    if (Number.isNaN(midnight)) return false;
    this.#midnight = midnight;
    this.#date.set(bytes.subarray(from, from + DATE));
    return true;
  }
}
