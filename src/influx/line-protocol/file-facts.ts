import { isBefore } from "../columns/int64.js";
import type { MeasurementInfo } from "./file-schema.js";

/** A line that follows no grammar. Lines count from 1; a point with line breaks in its text stands where it begins. */
export interface BrokenLine {
  readonly line: number;
  readonly reason: string;
}

/** What is learnt of a file by reading it, whatever is kept of its points. */
export class FileFacts {
  readonly measurements = new Map<string, MeasurementInfo>();
  /** The first line that is broken. Reading goes on behind it. */
  broken: BrokenLine | null = null;
  /** True when a part of the file could not be read at all. */
  unread = false;
  points = 0;
  /** The earliest and the latest microsecond, low half first; meaningless while `points` is 0. */
  readonly first = new Int32Array(2);
  readonly last = new Int32Array(2);

  addTime(micros: Int32Array): void {
    const low = micros[0] as number;
    const high = micros[1] as number;
    const { first, last } = this;
    this.points++;
    if (this.points === 1 || isBefore(high, low, first[1] as number, first[0] as number)) first.set(micros);
    if (this.points === 1 || isBefore(last[1] as number, last[0] as number, high, low)) last.set(micros);
  }

  addBroken(line: BrokenLine): void {
    this.broken ??= line;
  }

  /** The measurement of that name, made by `sink` when it is met first. */
  measurement(name: string, sink: { measurement(name: string): MeasurementInfo }): MeasurementInfo {
    const known = this.measurements.get(name) ?? sink.measurement(name);
    this.measurements.set(name, known);
    return known;
  }
}
