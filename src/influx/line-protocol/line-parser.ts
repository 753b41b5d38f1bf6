import type { ColumnBuffer } from "../columns/column-buffer.js";
import { toDouble, toUnsignedDouble, writeThousandth } from "../columns/int64.js";
import { DOUBLE, INTEGER, NOT_A_NUMBER, NumberScanner, UNSIGNED } from "../columns/number-scanner.js";
import type { PointWriter } from "../columns/point-writer.js";
import type { FieldType } from "../point-query.js";
import { BACKSLASH, COMMA, EQUALS, endOfWord, isRemark, NEWLINE, QUOTE, RETURN, SPACE, startsWith, TAB, toText } from "./bytes.js";
import { FileFacts } from "./file-facts.js";
import {
  type FieldInfo,
  KIND_BOOLEAN,
  KIND_DOUBLE,
  KIND_INTEGER,
  KIND_TEXT,
  KIND_UNSIGNED,
  KINDS,
  type MeasurementInfo,
} from "./file-schema.js";
import type { PointSink } from "./point-sink.js";
import { scanBoolean } from "./scan-boolean.js";
import { unescapeField } from "./series-key.js";
import { type Series, SeriesTable } from "./series-table.js";

/** The line goes on behind this piece; it is broken; it must be read once more. */
const INCOMPLETE = -1;
const FAILED = -2;
const AGAIN = -3;
const HASH_PRIME = 0x01000193;
const NINE = 0x39;

/**
 * Reads one file of line protocol, times in nanoseconds, given in pieces. It makes no object and no text for a line like those before it.
 *
 * Points of the query go to the sink's writer; of everything else it learns which measurements, tags, fields and times the file holds.
 * The byte behind each piece must be a line feed that the caller has put there.
 */
export class LineParser {
  readonly facts = new FileFacts();
  /** The number of the line that comes next. */
  line = 1;
  readonly #sink: PointSink;
  readonly #writer: PointWriter;
  readonly #series: SeriesTable;
  readonly #number = new NumberScanner();
  readonly #micros = new Int32Array(2);
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  #final = false;
  #stop = 0;
  #reason = "";
  /** Line breaks within the texts of the point being read. */
  #breaks = 0;
  #kept = false;
  #stored = 0;
  /** The point has a field for which there is no column yet, or not of its type. */
  #odd = false;
  readonly #fields: (FieldInfo | undefined)[] = new Array<FieldInfo | undefined>(8).fill(undefined);
  readonly #kinds: number[] = new Array<number>(8).fill(0);

  constructor(sink: PointSink) {
    this.#sink = sink;
    this.#writer = sink.writer;
    this.#series = new SeriesTable((key, hash, { measurement, tags }) => {
      const info = this.facts.measurement(measurement, sink);
      for (const [name] of tags) info.tags.add(name);
      return sink.series(key, hash, info, tags);
    });
  }

  /**
   * Reads the lines that lie wholly in [from, to) and returns where the first unread one begins. With `final`, the last line needs no line feed.
   * It also stops, before a point, when the writer must be reshaped first.
   */
  parse(bytes: Buffer, from: number, to: number, final: boolean): number {
    this.#bytes = bytes;
    this.#end = to;
    this.#final = final;
    let start = from;
    while (start < to && !this.#writer.changed) {
      this.#breaks = 0;
      const next = this.#entry(start);
      if (next === INCOMPLETE) break;
      if (next !== start) this.line += 1 + this.#breaks;
      start = next;
    }
    return start;
  }

  /** Says that the rest of the file cannot be read. */
  giveUp(reason: string): void {
    this.facts.addBroken({ line: this.line, reason });
    this.facts.unread = true;
  }

  /** A point, a comment, a blank line, or a line of `influx_inspect export` that makes the database. */
  #entry(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    while (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === RETURN) at++;
    if (isRemark(bytes, at)) at = bytes.indexOf(NEWLINE, at);
    if (bytes[at] === NEWLINE) return this.#endOfLine(at);
    this.#stored = 0;
    this.#odd = false;
    const next = this.#point(at);
    if (next > 0) return next;
    if (this.#stored > 0) this.#writer.clear();
    return next === AGAIN ? start : this.#skip(start);
  }

  #endOfLine(at: number): number {
    if (at < this.#end) return at + 1;
    return this.#final ? at : INCOMPLETE;
  }

  /** Notes a line as broken and goes on behind it; unless it may only be cut by the end of this piece. */
  #skip(start: number): number {
    if (this.#stop >= this.#end && !this.#final) return INCOMPLETE;
    const next = this.#endOfLine(this.#bytes.indexOf(NEWLINE, start));
    if (next === INCOMPLETE) return INCOMPLETE;
    this.facts.addBroken({ line: this.line, reason: this.#reason });
    this.#breaks = 0;
    return next;
  }

  #fail(at: number, reason: string): number {
    this.#stop = at;
    this.#reason = reason;
    return FAILED;
  }

  #point(from: number): number {
    const bytes = this.#bytes;
    let hash = 0;
    let at = from;
    for (let byte = bytes[at] as number; byte !== SPACE; byte = bytes[at] as number) {
      if (byte === NEWLINE) return this.#fail(at, "it has no fields");
      hash = Math.imul(hash ^ byte, HASH_PRIME);
      at++;
      // a backslash protects the byte behind it, unless that is a backslash too
      if (byte === BACKSLASH && bytes[at] !== BACKSLASH && bytes[at] !== NEWLINE)
        hash = Math.imul(hash ^ (bytes[at++] as number), HASH_PRIME);
    }
    const series = this.#series.find(bytes, from, at, hash);
    if (typeof series === "string") return this.#fail(at, series);
    this.#kept = series.wanted;
    while (bytes[at + 1] === SPACE) at++;
    let count = 0;
    do {
      at = this.#field(series.measurement, count++, at + 1);
      if (at < 0) return at;
    } while (bytes[at] === COMMA);
    if (bytes[at] === NEWLINE) return this.#fail(at, "it has no time");
    if (bytes[at] !== SPACE) return this.#fail(endOfWord(bytes, at, this.#end), "a value is followed by neither comma nor blank");
    return this.#time(series, count, at);
  }

  #field(measurement: MeasurementInfo, index: number, at: number): number {
    let info = measurement.expected[index];
    if (info === undefined || !startsWith(this.#bytes, at, info.prefix)) {
      info = this.#lookUp(measurement, at);
      if (info === undefined) return FAILED;
      measurement.expected[index] = info;
    }
    this.#fields[index] = info;
    return this.#value(info, index, at + info.prefix.length);
  }

  #lookUp(measurement: MeasurementInfo, from: number): FieldInfo | undefined {
    const bytes = this.#bytes;
    let at = from;
    for (let byte = bytes[at]; byte !== EQUALS || bytes[at - 1] === BACKSLASH; byte = bytes[++at]) {
      if (byte === NEWLINE || ((byte === SPACE || byte === COMMA) && bytes[at - 1] !== BACKSLASH)) {
        this.#fail(at, "a field has no value");
        return undefined;
      }
    }
    if (at === from) {
      this.#fail(at, "a field has no name");
      return undefined;
    }
    const raw = toText(bytes, from, at);
    const known = measurement.fields.get(raw);
    if (known !== undefined) return known;
    const info = this.#sink.field(measurement, unescapeField(raw), Buffer.from(bytes.subarray(from, at + 1)));
    measurement.fields.set(raw, info);
    return info;
  }

  #value(info: FieldInfo, index: number, at: number): number {
    const byte = this.#bytes[at] as number;
    const column = this.#kept && info.slot >= 0 ? this.#writer.columns[info.slot] : undefined;
    if (this.#kept && info.wanted && column === undefined) this.#odd = true;
    if (byte === QUOTE) return this.#text(column, index, at);
    if (byte > NINE) return this.#boolean(column, index, at);
    const end = this.#number.scan(this.#bytes, at);
    const { kind } = this.#number;
    if (kind === NOT_A_NUMBER) return this.#fail(end, "a value is neither number, text nor boolean");
    this.#kinds[index] = kind === INTEGER ? KIND_INTEGER : kind === UNSIGNED ? KIND_UNSIGNED : KIND_DOUBLE;
    if (column !== undefined) this.#storeNumber(column, kind);
    return end;
  }

  #storeNumber(column: ColumnBuffer, kind: number): void {
    const row = this.#writer.rows;
    const low = this.#number.halves[0] as number;
    const high = this.#number.halves[1] as number;
    this.#stored++;
    if (column.type === "DOUBLE") {
      const double =
        kind === INTEGER ? toDouble(high, low) : kind === UNSIGNED ? toUnsignedDouble(high, low) : (this.#number.double[0] as number);
      column.setDouble(row, double);
    } else if (column.type === (kind === INTEGER ? "BIGINT" : "UBIGINT") && kind !== DOUBLE) column.setHalves(row, high, low);
    else this.#odd = true;
  }

  #boolean(column: ColumnBuffer | undefined, index: number, at: number): number {
    const length = scanBoolean(this.#bytes, at);
    if (length === 0) return this.#fail(endOfWord(this.#bytes, at, this.#end), "a value is neither number, text nor boolean");
    this.#kinds[index] = KIND_BOOLEAN;
    if (column !== undefined) {
      this.#stored++;
      if (column.type === "BOOLEAN") column.setBoolean(this.#writer.rows, length > 0);
      else this.#odd = true;
    }
    return at + Math.abs(length);
  }

  #text(column: ColumnBuffer | undefined, index: number, from: number): number {
    const bytes = this.#bytes;
    let escaped = false;
    let at = from + 1;
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[++at]) {
      if (at >= this.#end) return this.#fail(at, "a text has no end");
      if (byte === NEWLINE) this.#breaks++;
      if (byte === BACKSLASH && (bytes[at + 1] === QUOTE || bytes[at + 1] === BACKSLASH)) {
        escaped = true;
        at++;
      }
    }
    this.#kinds[index] = KIND_TEXT;
    if (column !== undefined) {
      this.#stored++;
      const text = toText(bytes, from + 1, at);
      if (column.type === "VARCHAR") column.setText(this.#writer.rows, escaped ? text.replace(/\\(["\\])/g, "$1") : text);
      else this.#odd = true;
    }
    return at + 1;
  }

  #time(series: Series, count: number, from: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (bytes[at] === SPACE) at++;
    at = this.#number.scanInteger(bytes, at);
    if (this.#number.kind === NOT_A_NUMBER)
      return this.#fail(at, bytes[from] === NEWLINE ? "it has no time" : "its time is no number of nanoseconds");
    while (bytes[at] === SPACE || bytes[at] === RETURN) at++;
    if (bytes[at] !== NEWLINE) return this.#fail(at, "its time is no number of nanoseconds");
    const next = this.#endOfLine(at);
    if (next === INCOMPLETE) return this.#fail(at, "");
    return this.#commit(series, count) ? next : AGAIN;
  }

  /** False when the point must be read again, because a column for it was missing. */
  #commit(series: Series, count: number): boolean {
    const micros = this.#micros;
    const nanoLow = this.#number.halves[0] as number;
    const nanoHigh = this.#number.halves[1] as number;
    writeThousandth(micros, nanoHigh, nanoLow);
    const low = micros[0] as number;
    const high = micros[1] as number;
    const kept = this.#kept && (this.#stored > 0 || this.#odd) && this.#writer.holds(high, low);
    if (kept && (this.#odd || series.slots === null)) {
      this.#settle(series, count);
      return false;
    }
    for (let index = 0; index < count; index++) (this.#fields[index] as FieldInfo).kinds |= 1 << (this.#kinds[index] as number);
    this.facts.addTime(micros);
    if (!kept) {
      if (this.#stored > 0) this.#writer.clear();
      return true;
    }
    const slots = series.slots as readonly number[];
    const row = this.#writer.rows;
    for (let index = 0; index < slots.length; index++) {
      (this.#writer.columns[slots[index] as number] as ColumnBuffer).setText(row, (series.tags[index] as readonly [string, string])[1]);
    }
    this.#sink.order(series.newest, nanoHigh, nanoLow);
    this.#writer.commit(high, low, nanoHigh, nanoLow);
    return true;
  }

  /** Asks the writer for the columns that the point needs. */
  #settle(series: Series, count: number): void {
    series.slots = series.tags.map(([name]) => this.#writer.need("tag", name, "VARCHAR"));
    for (let index = 0; index < count; index++) {
      const info = this.#fields[index] as FieldInfo;
      if (info.wanted) info.slot = this.#writer.need("field", info.name, KINDS[this.#kinds[index] as number] as FieldType);
    }
  }
}
