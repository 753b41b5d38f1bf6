import type { Window } from "../../core/window.js";

/** The half-open interval of what is read, in microseconds, as halves. */
export interface TimeRange {
  readonly startHigh: number;
  readonly startLow: number;
  readonly endHigh: number;
  readonly endLow: number;
}

const EARLIEST = -(2n ** 63n);
const LATEST = 2n ** 63n - 1n;

function halves(microseconds: bigint): readonly [high: number, low: number] {
  return [Number(microseconds >> 32n), Number(BigInt.asIntN(32, microseconds))];
}

/** The range of a window; null stands for all of time. */
export function toTimeRange(window: Window | null): TimeRange {
  const [startHigh, startLow] = halves(window === null ? EARLIEST : BigInt(window.start) * 1000n);
  const [endHigh, endLow] = halves(window === null ? LATEST : BigInt(window.end) * 1000n);
  return { startHigh, startLow, endHigh, endLow };
}
