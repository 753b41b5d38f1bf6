import { toIso } from "../../core/time.js";
import type { Window } from "../../core/window.js";

/** Names a bucket that lies in two of the pieces, each of which is asked for alone; null where there is none. */
export function splitBucket(pieces: readonly Window[], every: number): string | null {
  const inside = pieces.find(({ start }) => start % every !== 0);
  return inside === undefined ? null : `a shard begins within a bucket, at ${toIso(inside.start)}`;
}
