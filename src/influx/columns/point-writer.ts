import type { AppendedTable } from "../../core/node.js";
import { BATCH_ROWS, type Column, type ColumnBatch, type ColumnType } from "../../core/relation.js";
import { ColumnBuffer } from "./column-buffer.js";
import { isBefore } from "./int64.js";
import type { RowsWriter } from "./rows-writer.js";
import type { TimeRange } from "./time-range.js";
import { widen } from "./type-conflict.js";

/** What a column holds: a tag, a field, or a column of a raw query's reply. */
export interface Slot {
  readonly role: "tag" | "field";
  readonly name: string;
}

/** A table that holds some of the rows. A column is called `c` and its slot's number. */
export interface Segment {
  readonly table: string;
  /** Tables that hold further columns of the same rows in the same order, empty ones at the end left out. */
  readonly beside?: readonly string[];
  readonly columns: readonly { readonly slot: number; readonly type: ColumnType }[];
}

/** Makes an empty table of the step's own. */
export type MakeTable = (columns: readonly Column[]) => Promise<AppendedTable>;

/**
 * Collects points, column by column, in tables of the workspace.
 *
 * A decoder fills the cells of row `rows` and then commits it or clears it. When it meets a column or a type that the table does not have, it calls
 * `need`, clears the row, and gives way: whoever drives it awaits `reshape`, which goes on in a table of the new shape, and has the row decoded again.
 */
export class PointWriter implements RowsWriter {
  readonly slots: Slot[] = [];
  /** By slot. A slot that is new since the last `reshape` has none yet. */
  columns: ColumnBuffer[] = [];
  /** Rows committed to the batch being filled. */
  rows = 0;
  /** Rows committed in all. */
  total = 0;
  /** What is read. */
  range: TimeRange;
  /** Rows of a reply that were not kept because they lie outside of that. */
  outside = 0;
  /** True when a `need` waits for `reshape`. */
  changed = true;
  readonly #make: MakeTable;
  readonly #numbers = new Map<string, number>();
  #types: ColumnType[] = [];
  readonly #time = new ColumnBuffer("TIMESTAMPTZ");
  readonly #nanos = new ColumnBuffer("BIGINT");
  readonly #segments: Segment[] = [];
  #table: AppendedTable | null = null;
  #inTable = 0;
  #kept = { segments: 0, total: 0, outside: 0 };

  constructor(make: MakeTable, range: TimeRange) {
    this.#make = make;
    this.range = range;
  }

  /** The number of a column's slot, or -1. */
  slot(role: Slot["role"], name: string): number {
    return this.#numbers.get(`${role} ${name}`) ?? -1;
  }

  /** What a slot's column has to hold. */
  typeOf(slot: number): ColumnType | undefined {
    return this.#types[slot];
  }

  /** Asks for a column that can hold values of a type. A column of integers that must hold others too becomes one of doubles. */
  need(role: Slot["role"], name: string, type: ColumnType): number {
    const known = this.slot(role, name);
    if (known === -1) return this.#add({ role, name }, type);
    const have = this.#types[known] as ColumnType;
    this.#types[known] = widen(name, have, type);
    this.changed ||= this.#types[known] !== have;
    return known;
  }

  /** Whether a point of that microsecond belongs to what is read. */
  holds(high: number, low: number): boolean {
    const { startHigh, startLow, endHigh, endLow } = this.range;
    return !isBefore(high, low, startHigh, startLow) && isBefore(high, low, endHigh, endLow);
  }

  /** Ends the row: its time in microseconds and in nanoseconds. */
  commit(microHigh: number, microLow: number, nanoHigh: number, nanoLow: number): void {
    const row = this.rows;
    this.#time.setHalves(row, microHigh, microLow);
    this.#nanos.setHalves(row, nanoHigh, nanoLow);
    this.rows = row + 1;
    if (this.rows === BATCH_ROWS) this.#flush();
  }

  /**
   * Adds rows that were collected elsewhere: time, nanoseconds, then a column for each of `numbers`, which are slots; none may be missing here or of another
   * type. False, and nothing is added, where one is.
   */
  add({ rows, columns: [time, nanos, ...given] }: ColumnBatch, numbers: readonly number[]): boolean {
    if (time === undefined || nanos === undefined || given.some(({ type }, index) => this.columns[numbers[index] as number]?.type !== type))
      return false;
    if (this.rows > 0) this.#flush();
    const bySlot = new Map(given.map((column, index) => [numbers[index], column]));
    this.#table?.append({ rows, columns: [time, nanos, ...this.columns.map((column, slot) => bySlot.get(slot) ?? column.nothing())] });
    this.total += rows;
    this.#inTable += rows;
    return true;
  }

  /** Empties the cells of the row that was not committed. */
  clear(): void {
    for (const column of this.columns) column.clear(this.rows);
  }

  /** Goes on in a table that has every column asked for. */
  async reshape(): Promise<void> {
    await this.#close();
    this.columns = this.#types.map((type, slot) => {
      const before = this.columns[slot];
      return before?.type === type ? before : new ColumnBuffer(type);
    });
    this.changed = false;
    this.#table = await this.#make([
      { name: "time", type: "TIMESTAMPTZ" },
      { name: "time_ns", type: "BIGINT" },
      ...this.#types.map((type, slot) => ({ name: `c${slot}`, type })),
    ]);
  }

  /** Begins a part that `abandon` can take back: what was written before stays. */
  async begin(): Promise<void> {
    await this.mark();
    await this.reshape();
  }

  /** The same, but makes no table before there is a row for it. */
  async mark(): Promise<void> {
    await this.#close();
    this.changed = true;
    this.#kept = { segments: this.#segments.length, total: this.total, outside: this.outside };
  }

  /** Takes back all rows since `begin`. */
  async abandon(): Promise<void> {
    for (const buffer of [this.#time, this.#nanos, ...this.columns]) buffer.reset();
    this.rows = 0;
    // what could not even be closed does not count either
    await this.#close().catch(() => undefined);
    this.#table = null;
    this.#inTable = 0;
    this.#segments.length = this.#kept.segments;
    this.total = this.#kept.total;
    this.outside = this.#kept.outside;
    this.changed = true;
  }

  /** Ends the writing; only now do the rows count. */
  async close(): Promise<readonly Segment[]> {
    await this.#close();
    return this.#segments;
  }

  #add(slot: Slot, type: ColumnType): number {
    const number = this.slots.push(slot) - 1;
    this.#numbers.set(`${slot.role} ${slot.name}`, number);
    this.#types.push(type);
    this.changed = true;
    return number;
  }

  #flush(): void {
    const buffers = [this.#time, this.#nanos, ...this.columns];
    this.#table?.append({ rows: this.rows, columns: buffers.map((buffer) => buffer.vector(this.rows)) });
    for (const buffer of buffers) buffer.reset();
    this.total += this.rows;
    this.#inTable += this.rows;
    this.rows = 0;
  }

  async #close(): Promise<void> {
    if (this.#table === null) return;
    if (this.rows > 0) this.#flush();
    await this.#table.close();
    const columns = this.columns.map(({ type }, slot) => ({ slot, type }));
    if (this.#inTable > 0) this.#segments.push({ table: this.#table.table, columns });
    this.#table = null;
    this.#inTable = 0;
  }
}
