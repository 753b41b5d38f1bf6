import { nearest } from "../core/nearest.js";

/** A hint that offers the nearest candidate, or else all of them while they are few. */
export function offer(word: string, candidates: readonly string[]): string | null {
  const near = nearest(word, candidates);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (candidates.length === 0 || candidates.length > 20) return null;
  return `Known: ${[...candidates].sort().join(", ")}`;
}
