import { isBefore } from "../columns/int64.js";
import type { PointWriter } from "../columns/point-writer.js";
import type { PointQuery } from "../point-query.js";
import { FieldInfo, MeasurementInfo } from "./file-schema.js";
import type { SeriesKey } from "./series-key.js";
import { type Newest, Series } from "./series-table.js";

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
    return new Series(key, hash, measurement, tags, wanted, wanted ? this.#newestOf(tags) : NOBODYS);
  }

  /** Notes that a point of a series was kept. */
  order(newest: Newest, high: number, low: number): void {
    if (isBefore(newest.high, newest.low, high, low)) {
      newest.high = high;
      newest.low = low;
    } else this.disordered = true;
  }

  #matches(tags: SeriesKey["tags"]): boolean {
    const { where } = this.#query;
    if (where.size === 0) return true;
    const values = new Map(tags);
    return [...where].every(([tag, allowed]) => allowed.includes(values.get(tag) ?? ""));
  }

  #newestOf(tags: SeriesKey["tags"]): Newest {
    const key = JSON.stringify(tags);
    const known = this.#newest.get(key) ?? { high: -0x8000_0000, low: 0 };
    this.#newest.set(key, known);
    return known;
  }
}

const NOBODYS: Newest = { high: 0, low: 0 };
