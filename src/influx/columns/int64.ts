/** The low and high 32 bits of an integer, as the two cells of an `Int32Array` that lies over a 64-bit column. */
export type Halves = Int32Array;

const TWO_32 = 4_294_967_296;
const TWO_16 = 65_536;

/** Writes `factor * unit + rest` into `out`, exact for 0 <= factor < 2^34, unit < 2^34, rest < 2^47. */
export function writeProduct(out: Halves, factor: number, unit: number, rest: number): void {
  const factorHigh = Math.floor(factor / TWO_16);
  const upper = factorHigh * unit;
  const upperHigh = Math.floor(upper / TWO_16);
  const low = (upper - upperHigh * TWO_16) * TWO_16 + (factor - factorHigh * TWO_16) * unit + rest;
  out[0] = low;
  out[1] = upperHigh + Math.floor(low / TWO_32);
}

/** Turns the integer in `out` into its negative. */
export function negate(out: Halves): void {
  const low = out[0] as number;
  out[0] = -low;
  out[1] = low === 0 ? -(out[1] as number) : ~(out[1] as number);
}

/** Writes the floor of a thousandth of (high, low) into `out`: nanoseconds to microseconds. */
export function writeThousandth(out: Halves, high: number, low: number): void {
  const upper = Math.floor(high / 1000);
  out[0] = Math.floor(((high - upper * 1000) * TWO_32 + (low >>> 0)) / 1000);
  out[1] = upper;
}

/** Writes a bigint's 64 bits into `out`. */
export function writeBigint(out: Halves, value: bigint): void {
  out[0] = Number(BigInt.asIntN(32, value));
  out[1] = Number(BigInt.asIntN(32, value >> 32n));
}

/** The nearest double of a signed integer. */
export function toDouble(high: number, low: number): number {
  return high * TWO_32 + (low >>> 0);
}

/** The nearest double of an unsigned integer. */
export function toUnsignedDouble(high: number, low: number): number {
  return (high >>> 0) * TWO_32 + (low >>> 0);
}

/** Whether the signed integer (high, low) comes before (otherHigh, otherLow). */
export function isBefore(high: number, low: number, otherHigh: number, otherLow: number): boolean {
  return high < otherHigh || (high === otherHigh && low >>> 0 < otherLow >>> 0);
}
