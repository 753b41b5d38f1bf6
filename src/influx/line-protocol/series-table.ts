import { toText } from "./bytes.js";
import type { MeasurementInfo } from "./file-schema.js";
import { parseSeriesKey, type SeriesKey } from "./series-key.js";

/** The newest time of a series so far, over all files, and the first that was met. */
export interface Newest {
  high: number;
  low: number;
  firstHigh: number;
  firstLow: number;
}

/** A series as its lines name it: the same tags in another order are another `Series` with the same `newest`. */
export class Series {
  readonly key: Buffer;
  readonly hash: number;
  readonly measurement: MeasurementInfo;
  readonly tags: SeriesKey["tags"];
  /** Whether its points are read. */
  readonly wanted: boolean;
  readonly newest: Newest;
  /** The columns of its tags; null until one of its points is kept. */
  slots: readonly number[] | null = null;

  constructor(key: Buffer, hash: number, measurement: MeasurementInfo, tags: SeriesKey["tags"], wanted: boolean, newest: Newest) {
    this.key = key;
    this.hash = hash;
    this.measurement = measurement;
    this.tags = tags;
    this.wanted = wanted;
    this.newest = newest;
  }
}

/** What makes a series of a key that was not met before. */
export type MakeSeries = (key: Buffer, hash: number, parsed: SeriesKey) => Series;

/** Finds series by the bytes of their keys: an open hash table, so that no text is made of a key met before. */
export class SeriesTable {
  readonly #make: MakeSeries;
  #cells: (Series | undefined)[] = new Array<Series | undefined>(64).fill(undefined);
  #size = 0;

  constructor(make: MakeSeries) {
    this.#make = make;
  }

  /** The series of the key, or text that says why the bytes are no key. */
  find(bytes: Buffer, from: number, to: number, hash: number): Series | string {
    const mask = this.#cells.length - 1;
    let cell = hash & mask;
    for (let series = this.#cells[cell]; series !== undefined; series = this.#cells[cell]) {
      if (series.hash === hash && hasKey(series.key, bytes, from, to)) return series;
      cell = (cell + 1) & mask;
    }
    return this.#add(bytes, from, to, hash);
  }

  #add(bytes: Buffer, from: number, to: number, hash: number): Series | string {
    const parsed = parseSeriesKey(toText(bytes, from, to));
    if (typeof parsed === "string") return parsed;
    const series = this.#make(Buffer.from(bytes.subarray(from, to)), hash, parsed);
    if (++this.#size * 2 > this.#cells.length) this.#grow();
    this.#place(series);
    return series;
  }

  #grow(): void {
    const before = this.#cells;
    this.#cells = new Array<Series | undefined>(before.length * 4).fill(undefined);
    for (const series of before) if (series !== undefined) this.#place(series);
  }

  #place(series: Series): void {
    const mask = this.#cells.length - 1;
    let cell = series.hash & mask;
    while (this.#cells[cell] !== undefined) cell = (cell + 1) & mask;
    this.#cells[cell] = series;
  }
}

function hasKey(key: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (key.length !== to - from) return false;
  for (let index = 0; index < key.length; index++) if (key[index] !== bytes[from + index]) return false;
  return true;
}
