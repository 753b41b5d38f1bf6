import type { Instant } from "../../core/time.js";

/** The window that stands for all of time. */
export const ALWAYS = Number.NEGATIVE_INFINITY;

/** How many values of each field there are, and what they add up to where that was asked, by start of window (`ALWAYS` in a workflow). */
export class PointCounts {
  readonly #counts = new Map<Instant, Map<string, number>>();
  readonly #sums = new Map<Instant, Map<string, number>>();

  add(start: Instant, field: string, count: number): void {
    const fields = this.#counts.get(start) ?? new Map<string, number>();
    this.#counts.set(start, fields.set(field, (fields.get(field) ?? 0) + count));
  }

  get(start: Instant, field: string): number {
    return this.#counts.get(start)?.get(field) ?? 0;
  }

  addSum(start: Instant, field: string, sum: number): void {
    const fields = this.#sums.get(start) ?? new Map<string, number>();
    this.#sums.set(start, fields.set(field, (fields.get(field) ?? 0) + sum));
  }

  /** Null where none was added. */
  sum(start: Instant, field: string): number | null {
    return this.#sums.get(start)?.get(field) ?? null;
  }
}
