import type { Instant } from "../core/time.js";
import type { Grid, Window } from "../core/window.js";
import { isProcessed, type LedgerRange } from "./ledger-range.js";

/** The processed windows of a pipeline, as disjoint intervals that grow while a run goes on. */
export class Prefix {
  readonly #grid: Grid;
  readonly #first: Instant;
  #end: Instant;
  /** Processed, but behind a hole: start → end. */
  readonly #islands = new Map<Instant, Instant>();

  constructor(grid: Grid, first: Instant, ranges: readonly LedgerRange[]) {
    this.#grid = grid;
    this.#first = first;
    this.#end = first;
    for (const range of ranges) if (isProcessed(range.status)) this.add({ start: range.from, end: range.to });
  }

  copy(): Prefix {
    const copy = new Prefix(this.#grid, this.#first, []);
    copy.#end = this.#end;
    for (const [start, end] of this.#islands) copy.#islands.set(start, end);
    return copy;
  }

  /** Counts a window, or a run of adjacent ones, as processed. */
  add({ start, end }: Window): void {
    if (end <= this.#end) return;
    this.#islands.set(start, Math.max(end, this.#islands.get(start) ?? end));
    if (start > this.#end) return;
    this.#end = end;
    for (let next = this.#islands.get(this.#end); next !== undefined; next = this.#islands.get(this.#end)) this.#end = next;
  }

  /** `last_processed_hour`: the start of the last window of the unbroken processed prefix; null when its first window is not processed. */
  get cursor(): Instant | null {
    return this.#end > this.#first ? this.#grid.previous(this.#end) : null;
  }
}
