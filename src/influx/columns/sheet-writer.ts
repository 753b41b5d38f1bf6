import type { ColumnType } from "../../core/relation.js";
import type { BatchTable } from "./batch-table.js";
import type { ColumnBuffer } from "./column-buffer.js";
import { isBefore } from "./int64.js";
import { PointSheet, type SlotType, type Stretch } from "./point-sheet.js";
import { type MakeTable, PointWriter, type Segment } from "./point-writer.js";
import type { RowsWriter } from "./rows-writer.js";
import type { TimeRange } from "./time-range.js";
import { isNumber } from "./type-conflict.js";

/** So many points are kept in mind to find them again, by their times of eight bytes. */
const MOST_POINTS = 8 * 1024 * 1024;

/** Where in another field's sheet the values of the series at hand go. */
interface Cursor {
  readonly sheet: PointSheet;
  readonly values: BatchTable;
  readonly end: number;
  at: number;
}

/** The values of one field in one series, which come in order of time. */
export interface ValueRun {
  readonly field: string;
  readonly type: ColumnType;
  /** Tags that have a value, and their values. */
  readonly tags: readonly (readonly [name: string, text: string])[];
}

/**
 * Makes points of values that come field by field, series by series, each in order of time, as a server sends them. Every field brings the points that
 * no other has brought before it into a sheet of its own; its other values are put beside those points. What comes in another order is for `rest`, in
 * which each value is a row.
 */
export class SheetWriter implements RowsWriter {
  /** Knows the slots, and takes what fits no sheet. */
  readonly rest: PointWriter;
  /** Where the value at hand goes, in its row `row`; null where it belongs to `rest`. */
  column: ColumnBuffer | null = null;
  row = 0;
  /** Whether a part may be given up for its number of points, for smaller ones can be read instead. */
  divisible = false;
  /** Whether that has happened to the part that was begun last. */
  full = false;
  readonly #most: number;
  readonly #make: MakeTable;
  readonly #sheets = new Map<number, PointSheet>();
  readonly #segments: Segment[] = [];
  readonly #wanted: (() => Promise<unknown>)[] = [];
  #scattering = false;
  #values = 0;
  #points = 0;
  #kept = { segments: 0, values: 0 };

  #field: SlotType = { slot: -1, type: "DOUBLE" };
  #tags: readonly { readonly slot: number; readonly text: string }[] = [];
  #series = "";
  #cursors: readonly Cursor[] = [];
  #own: PointSheet | null = null;
  #ownTags: readonly (ColumnBuffer | undefined)[] = [];
  #stretch: Stretch | undefined;
  #open = false;
  /** The moment that the next one must come after. */
  #high = 0;
  #low = 0;
  /** The cursor of the value at hand; null where the value brings a point. */
  #cursor: Cursor | null = null;

  constructor(make: MakeTable, range: TimeRange, most = MOST_POINTS) {
    this.#make = make;
    this.#most = most;
    this.rest = new PointWriter(make, range);
  }

  get total(): number {
    return this.#values + this.rest.total;
  }

  get changed(): boolean {
    return this.#wanted.length > 0 || (this.#scattering && this.rest.changed);
  }

  /** Begins the values of a field in a series; false where it must be begun again after `reshape`. Throws `SOURCE_TYPE_CONFLICT`. */
  enter({ field, type, tags }: ValueRun): boolean {
    const slot = this.rest.need("field", field, type);
    this.#field = { slot, type: this.rest.typeOf(slot) ?? type };
    this.#tags = tags.map(([name, text]) => ({ slot: this.rest.need("tag", name, "VARCHAR"), text }));
    this.#series = JSON.stringify(tags);
    this.#own = this.#sheets.get(slot) ?? null;
    this.#open = this.#own === null || holds(this.#own.field.type, type);
    this.#high = -0x80000000;
    this.#low = 0;
    this.#cursors = [...this.#sheets.values()].flatMap((sheet) => (sheet === this.#own ? [] : this.#cursorIn(sheet, type)));
    if (this.#own !== null) this.#continue(this.#own);
    return this.#wanted.length === 0;
  }

  /**
   * Finds the place of the next value's moment, in nanoseconds; false where it must be asked for again after `reshape`. Throws `RangeError` where the part
   * is `full`.
   */
  place(high: number, low: number): boolean {
    this.column = null;
    if (!this.#open || !isBefore(this.#high, this.#low, high, low)) return true;
    for (const cursor of this.#cursors) {
      const { sheet, end } = cursor;
      while (cursor.at < end && sheet.isBefore(cursor.at, high, low)) cursor.at++;
      if (cursor.at === end || !sheet.isAt(cursor.at, high, low)) continue;
      cursor.values.skipTo(cursor.at);
      this.#cursor = cursor;
      this.#aim(cursor.values);
      return true;
    }
    return this.#placePoint();
  }

  /** Ends the value's row: its time in microseconds and in nanoseconds. */
  commit(microHigh: number, microLow: number, high: number, low: number): void {
    this.#values++;
    this.#high = high;
    this.#low = low;
    if (this.#cursor !== null) {
      this.#cursor.values.next();
      this.#cursor.at++;
      return;
    }
    const { points, times } = this.#own as PointSheet;
    points.columns[0]?.setHalves(points.row, microHigh, microLow);
    points.columns[1]?.setHalves(points.row, high, low);
    for (let index = 0; index < this.#tags.length; index++) this.#ownTags[index]?.setText(points.row, this.#tags[index]?.text ?? "");
    points.next();
    times.push(high, low);
    this.#points++;
    (this.#stretch as Stretch).end++;
  }

  /** Says that the row at hand goes to `rest`. */
  scatter(): PointWriter {
    this.#scattering = true;
    return this.rest;
  }

  clear(): void {
    if (this.#scattering) this.rest.clear();
  }

  async reshape(): Promise<void> {
    for (const make of this.#wanted.splice(0)) await make();
    if (this.#scattering && this.rest.changed) await this.rest.reshape();
  }

  async begin(): Promise<void> {
    await this.#finish();
    await this.rest.mark();
    this.full = false;
    this.#kept = { segments: this.#segments.length, values: this.#values };
  }

  async abandon(): Promise<void> {
    // what could not even be closed does not count either
    await this.#finish().catch(() => undefined);
    this.#segments.length = this.#kept.segments;
    this.#values = this.#kept.values;
    await this.rest.abandon();
  }

  /** Ends the writing; only now do the values count. Those of `rest` come last. */
  async close(): Promise<readonly Segment[]> {
    await this.#finish();
    return [...this.#segments, ...(await this.rest.close())];
  }

  async #finish(): Promise<void> {
    const sheets = [...this.#sheets.values()];
    this.#sheets.clear();
    this.#wanted.length = 0;
    this.#points = 0;
    for (const sheet of sheets) this.#segments.push(await sheet.close());
  }

  #cursorIn(sheet: PointSheet, type: ColumnType): Cursor[] {
    const stretch = sheet.stretch(this.#series);
    if (stretch === undefined) return [];
    const beside = sheet.beside(this.#field.slot);
    if (beside === undefined) {
      const column = this.#field;
      this.#wanted.push(() => sheet.addField(column));
      return [];
    }
    const { column, values } = beside;
    if (!holds(column.type, type)) this.#open = false;
    const passed = Math.min(values.total, stretch.end);
    if (passed > stretch.start) this.#after(sheet, passed - 1);
    return [{ sheet, values, at: Math.max(values.total, stretch.start), end: stretch.end }];
  }

  #continue(own: PointSheet): void {
    this.#stretch = own.extend(this.#series);
    this.#ownTags = own.tagColumns(this.#tags.map(({ slot }) => slot));
    if (this.#stretch === undefined || this.#ownTags.includes(undefined)) this.#open = false;
    else if (this.#stretch.end > this.#stretch.start) this.#after(own, this.#stretch.end - 1);
  }

  #after({ times }: PointSheet, index: number): void {
    const high = times.high(index);
    const low = times.low(index);
    if (isBefore(high, low, this.#high, this.#low)) return;
    this.#high = high;
    this.#low = low;
  }

  #placePoint(): boolean {
    if (this.#points === this.#most) return this.#overflow();
    if (this.#own === null) {
      this.#wanted.push(() => this.#openOwn());
      return false;
    }
    this.#cursor = null;
    this.#aim(this.#own.points);
    return true;
  }

  #overflow(): true {
    this.full = this.divisible;
    if (this.full) throw new RangeError("there are too many points");
    return true;
  }

  async #openOwn(): Promise<void> {
    const tags = this.rest.slots.flatMap(({ role }, slot): SlotType[] => (role === "tag" ? [{ slot, type: "VARCHAR" }] : []));
    this.#own = await PointSheet.open(this.#make, tags, this.#field);
    this.#sheets.set(this.#field.slot, this.#own);
    this.#continue(this.#own);
  }

  #aim({ columns, row }: BatchTable): void {
    this.column = columns[columns.length - 1] ?? null;
    this.row = row;
  }
}

/** Whether a column can take values without being widened. */
function holds(have: ColumnType, met: ColumnType): boolean {
  return have === met || (have === "DOUBLE" && isNumber(met));
}
