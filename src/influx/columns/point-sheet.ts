import type { Column, ColumnType } from "../../core/relation.js";
import { BatchTable } from "./batch-table.js";
import type { ColumnBuffer } from "./column-buffer.js";
import { isBefore } from "./int64.js";
import type { MakeTable, Segment } from "./point-writer.js";
import { TimeList } from "./time-list.js";

/** A column by its slot. */
export interface SlotType {
  readonly slot: number;
  readonly type: ColumnType;
}

/** Where a series' points stand in a sheet. */
export interface Stretch {
  readonly start: number;
  end: number;
}

function toColumn({ slot, type }: SlotType): Column {
  return { name: `c${slot}`, type };
}

/**
 * Points, series by series in order of time, as the field brought them that came first; and beside them the values that other fields have at the same
 * moments. Each field fills a table of its own, row beside row, so that nothing has to be looked up or sorted to make points of them.
 */
export class PointSheet {
  readonly times = new TimeList();
  readonly field: SlotType;
  /** The table whose row is the next point, the field's value standing last in it. */
  readonly points: BatchTable;
  readonly #make: MakeTable;
  readonly #tags: readonly SlotType[];
  readonly #stretches = new Map<string, Stretch>();
  readonly #beside = new Map<number, { readonly column: SlotType; readonly values: BatchTable }>();

  private constructor(make: MakeTable, tags: readonly SlotType[], field: SlotType, points: BatchTable) {
    this.#make = make;
    this.#tags = tags;
    this.field = field;
    this.points = points;
  }

  /** Makes a sheet that a field begins, with columns for tags. */
  static async open(make: MakeTable, tags: readonly SlotType[], field: SlotType): Promise<PointSheet> {
    const columns: Column[] = [
      { name: "time", type: "TIMESTAMPTZ" },
      { name: "time_ns", type: "BIGINT" },
      ...[...tags, field].map(toColumn),
    ];
    return new PointSheet(make, tags, field, new BatchTable(await make(columns), columns));
  }

  stretch(series: string): Stretch | undefined {
    return this.#stretches.get(series);
  }

  /** The stretch that the series' next points are added to; undefined where others stand behind it already. */
  extend(series: string): Stretch | undefined {
    const known = this.#stretches.get(series);
    if (known !== undefined) return known.end === this.times.length ? known : undefined;
    const begun = { start: this.times.length, end: this.times.length };
    this.#stretches.set(series, begun);
    return begun;
  }

  /** What a further field's values are written to. */
  beside(slot: number): { readonly column: SlotType; readonly values: BatchTable } | undefined {
    return this.#beside.get(slot);
  }

  async addField(column: SlotType): Promise<void> {
    const columns = [toColumn(column)];
    this.#beside.set(column.slot, { column, values: new BatchTable(await this.#make(columns), columns) });
  }

  /** Whether the point at an index is before a moment. */
  isBefore(index: number, high: number, low: number): boolean {
    return isBefore(this.times.high(index), this.times.low(index), high, low);
  }

  isAt(index: number, high: number, low: number): boolean {
    return this.times.low(index) === low && this.times.high(index) === high;
  }

  /** The tags' columns, in their order, of which `undefined` stands for one that the sheet lacks. */
  tagColumns(slots: readonly number[]): (ColumnBuffer | undefined)[] {
    return slots.map((slot) => {
      const index = this.#tags.findIndex((tag) => tag.slot === slot);
      return index < 0 ? undefined : this.points.columns[index + 2];
    });
  }

  /** Ends the writing; only now do the points count. */
  async close(): Promise<Segment> {
    const beside = [...this.#beside.values()];
    for (const { values } of [{ values: this.points }, ...beside]) await values.close();
    return {
      table: this.points.table,
      beside: beside.map(({ values }) => values.table),
      columns: [...this.#tags, this.field, ...beside.map(({ column }) => column)],
    };
  }
}
