import { rmSync } from "node:fs";

/** Removes a file that is of no use any more. Where it cannot, it stays: that would tell less than what went before. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // it stays
  }
}
