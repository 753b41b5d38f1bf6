import type { ReadTarget } from "./read-target.js";

/** Between two tellings, in ms. */
const PAUSE = 250;

/** Tells how many rows have come, but not more often than anybody can follow. */
export function progressOf(target: ReadTarget): (rows: number) => void {
  let told = performance.now();
  return (rows) => {
    if (performance.now() - told < PAUSE) return;
    told = performance.now();
    target.progress({ rows });
  };
}
