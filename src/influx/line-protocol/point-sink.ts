import { isBefore } from "../columns/int64.js";
import type { PointWriter } from "../columns/point-writer.js";
import type { PointQuery } from "../point-query.js";
import { FieldInfo, MeasurementInfo } from "./file-schema.js";
import type { SeriesKey } from "./series-key.js";
import { type Newest, Series } from "./series-table.js";

/** The high half of a time before all others. */
const EARLIEST = -0x8000_0000;

/** The first and the last time of a series in a file, in nanoseconds. */
export interface SeriesTimes extends Readonly<Newest> {
  readonly tags: string;
}

/** What is kept of the points of many files: which, where, and whether any came again or out of order. */
export class PointSink {
  readonly writer: PointWriter;
  /** True when a point came that is not newer than all of its series before it: then points may be there twice. */
  disordered = false;
  readonly #query: PointQuery;
  readonly #fields: ReadonlySet<string> | null;
  readonly #newest = new Map<string, Newest>();

  constructor(writer: PointWriter, query: PointQuery) {
    this.writer = writer;
    this.#query = query;
    this.#fields = query.fields === null ? null : new Set(query.fields);
  }

  measurement(name: string): MeasurementInfo {
    return new MeasurementInfo(name, name === this.#query.measurement);
  }

  field(measurement: MeasurementInfo, name: string, prefix: Uint8Array): FieldInfo {
    return new FieldInfo(name, prefix, measurement.wanted && (this.#fields?.has(name) ?? true));
  }

  series(key: Buffer, hash: number, measurement: MeasurementInfo, tags: SeriesKey["tags"]): Series {
    const wanted = measurement.wanted && this.#matches(tags);
    return new Series(key, hash, measurement, tags, wanted, wanted ? this.#newestOf(JSON.stringify(tags)) : NOBODYS);
  }

  /** Notes that a point of a series was kept. */
  order(newest: Newest, high: number, low: number): void {
    if (isBefore(newest.high, newest.low, high, low)) {
      if (newest.high === EARLIEST && newest.low === 0) {
        newest.firstHigh = high;
        newest.firstLow = low;
      }
      newest.high = high;
      newest.low = low;
    } else this.disordered = true;
  }

  /** When the series were whose points were kept. */
  times(): SeriesTimes[] {
    return [...this.#newest].filter(([, { high, low }]) => high !== EARLIEST || low !== 0).map(([tags, newest]) => ({ tags, ...newest }));
  }

  /** Notes that the points of a file were kept that was read elsewhere. */
  orderAll(series: readonly SeriesTimes[], disordered: boolean): void {
    this.disordered ||= disordered;
    for (const { tags, high, low, firstHigh, firstLow } of series) {
      const newest = this.#newestOf(tags);
      this.order(newest, firstHigh, firstLow);
      if (isBefore(newest.high, newest.low, high, low)) Object.assign(newest, { high, low });
    }
  }

  #matches(tags: SeriesKey["tags"]): boolean {
    const { where } = this.#query;
    if (where.size === 0) return true;
    const values = new Map(tags);
    return [...where].every(([tag, allowed]) => allowed.includes(values.get(tag) ?? ""));
  }

  #newestOf(key: string): Newest {
    const known = this.#newest.get(key) ?? { high: EARLIEST, low: 0, firstHigh: 0, firstLow: 0 };
    this.#newest.set(key, known);
    return known;
  }
}

const NOBODYS: Newest = { high: 0, low: 0, firstHigh: 0, firstLow: 0 };
