import { negate, writeBigint, writeProduct } from "./int64.js";

export const NOT_A_NUMBER = 0;
export const DOUBLE = 1;
export const INTEGER = 2;
export const UNSIGNED = 3;

const ZERO = 0x30;
const DOT = 0x2e;
/** A point as a digit would be read. */
const POINT = DOT - ZERO;
const MINUS = 0x2d;
const PLUS = 0x2b;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
const LOWER_I = 0x69;
const LOWER_U = 0x75;

const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
/** So many digits the first of two doubles takes, and so many both. */
const PART = 9;
const BOTH = 19;
const SPLITTER = 134_217_729;
const EXACT_DIGITS = 15;

/** Reads numbers out of bytes without making text of them. */
export class NumberScanner {
  /** What the last number was. */
  kind = NOT_A_NUMBER;
  /** Its value as a double: any kind. */
  readonly double = new Float64Array(1);
  /** Its value as 64 bits: integers only. */
  readonly halves = new Int32Array(2);
  #high = 0;
  #low = 0;
  #digits = 0;
  #scale = 0;
  #whole = true;

  /**
   * Reads `[+-]digits[.digits][e[+-]digits]`, or an integer with the suffix `i` or `u`, and returns where it ends.
   * It stops at the first byte that does not belong; the bytes behind the number must hold such a one.
   */
  scan(bytes: Uint8Array, from: number): number {
    const sign = bytes[from] as number;
    const negative = sign === MINUS;
    const start = negative || sign === PLUS ? from + 1 : from;
    const end = this.#scanDigits(bytes, start);
    if (end === start || (end === start + 1 && bytes[start] === DOT)) {
      this.kind = NOT_A_NUMBER;
      return end;
    }
    const next = bytes[end];
    if (next === LOWER_I) return this.#integer(end, negative);
    if (next === LOWER_U) return this.#unsigned(bytes, from, end, negative);
    if (next === UPPER_E || next === LOWER_E) return this.#exponent(bytes, from, end);
    this.kind = DOUBLE;
    const value = this.#toDouble();
    this.double[0] = Number.isNaN(value) ? Number(text(bytes, from, end)) : negative ? -value : value;
    return end;
  }

  /** Reads a plain integer of 64 bits, as times are written, and returns where it ends. */
  scanInteger(bytes: Uint8Array, from: number): number {
    const negative = bytes[from] === MINUS;
    const start = negative ? from + 1 : from;
    const end = this.#scanDigits(bytes, start);
    if (end === start || !this.#whole) this.kind = NOT_A_NUMBER;
    else this.#setInteger(negative);
    return end;
  }

  /** Reads a plain integer without a sign, and returns where it ends. */
  scanUnsigned(bytes: Uint8Array, from: number): number {
    const end = this.#scanDigits(bytes, from);
    this.#unsigned(bytes, from, end, end === from);
    return end;
  }

  #scanDigits(bytes: Uint8Array, from: number): number {
    let high = 0;
    let low = 0;
    let dot = -1;
    let at = from;
    let digit = (bytes[at] as number) - ZERO;
    // zeros in front do not count
    while (digit === 0) digit = (bytes[++at] as number) - ZERO;
    if (digit === POINT) {
      dot = at;
      do digit = (bytes[++at] as number) - ZERO;
      while (digit === 0);
    }
    const first = at;
    let left = PART;
    for (; left > 0; digit = (bytes[++at] as number) - ZERO) {
      if (digit >>> 0 <= 9) {
        high = Math.imul(high, 10) + digit;
        left--;
      } else if (digit === POINT && dot < 0) dot = at;
      else break;
    }
    if (left === 0) {
      for (left = BOTH - PART; ; digit = (bytes[++at] as number) - ZERO) {
        if (digit >>> 0 <= 9) low = left-- > 0 ? low * 10 + digit : low;
        else if (digit === POINT && dot < 0) dot = at;
        else break;
      }
    }
    this.#high = high;
    this.#low = low;
    this.#digits = at - first - (dot >= first ? 1 : 0);
    this.#scale = dot < 0 ? 0 : at - dot - 1;
    this.#whole = dot < 0;
    return at;
  }

  /** The nearest double of the digits, or NaN where that needs more care than is taken here. */
  #toDouble(): number {
    const divisor = POWERS[this.#scale];
    if (divisor === undefined || this.#digits >= BOTH) return Number.NaN;
    const upper = this.#digits <= PART ? this.#high : this.#high * (POWERS[this.#digits - PART] as number);
    const sum = upper + this.#low;
    if (this.#digits <= EXACT_DIGITS) return sum / divisor;
    return divide(sum, this.#low - (sum - upper), divisor);
  }

  #exponent(bytes: Uint8Array, from: number, at: number): number {
    const sign = bytes[at + 1];
    const start = sign === MINUS || sign === PLUS ? at + 2 : at + 1;
    let end = start;
    while ((bytes[end] as number) >= ZERO && (bytes[end] as number) <= ZERO + 9) end++;
    const value = end === start ? Number.NaN : Number(text(bytes, from, end));
    this.kind = Number.isFinite(value) ? DOUBLE : NOT_A_NUMBER;
    this.double[0] = value;
    return end;
  }

  #integer(end: number, negative: boolean): number {
    if (this.#whole) this.#setInteger(negative);
    else this.kind = NOT_A_NUMBER;
    return end + 1;
  }

  #unsigned(bytes: Uint8Array, from: number, end: number, negative: boolean): number {
    this.kind = NOT_A_NUMBER;
    if (negative || !this.#whole) return end + 1;
    if (this.#digits <= BOTH) this.#writeDigits();
    else {
      const value = BigInt(text(bytes, from, end));
      if (value >= 2n ** 64n) return end + 1;
      writeBigint(this.halves, value);
    }
    this.kind = UNSIGNED;
    return end + 1;
  }

  #setInteger(negative: boolean): void {
    this.kind = INTEGER;
    this.#writeDigits();
    if (negative) negate(this.halves);
    // 19 digits may be more than 63 bits hold: then the sign has come out wrong
    if (this.#digits > BOTH || (this.#digits === BOTH && (this.halves[1] as number) < 0 !== negative)) this.kind = NOT_A_NUMBER;
  }

  #writeDigits(): void {
    const rest = Math.max(0, this.#digits - PART);
    writeProduct(this.halves, this.#high, POWERS[rest] as number, this.#low);
  }
}

function text(bytes: Uint8Array, from: number, end: number): string {
  const plus = bytes[from] === PLUS ? 1 : 0;
  return String.fromCharCode(...bytes.subarray(from + plus, end));
}

/** (sum + rest) / divisor to the nearest double, by a quotient and its exact remainder; NaN where the last bit stays in doubt. */
function divide(sum: number, rest: number, divisor: number): number {
  const quotient = sum / divisor;
  const bigQuotient = SPLITTER * quotient;
  const quotientHigh = bigQuotient - (bigQuotient - quotient);
  const quotientLow = quotient - quotientHigh;
  const bigDivisor = SPLITTER * divisor;
  const divisorHigh = bigDivisor - (bigDivisor - divisor);
  const divisorLow = divisor - divisorHigh;
  const product = quotient * divisor;
  const error = quotientHigh * divisorHigh - product + quotientHigh * divisorLow + quotientLow * divisorHigh + quotientLow * divisorLow;
  const correction = (sum - product - error + rest) / divisor;
  const doubt = Math.abs(correction) * 2 ** -40 + quotient * 2 ** -100;
  const value = quotient + (correction + doubt);
  return value === quotient + (correction - doubt) ? value : Number.NaN;
}
