import type { RowsWriter } from "../columns/rows-writer.js";
import { CsvRecord } from "./csv-record.js";
import type { RowReader } from "./row-reader.js";

const HASH = 0x23;

/** How far a reply has come, and what it said about itself. */
export interface Verdict {
  /** Everything was used, and the last line is the empty one that ends every result. */
  readonly complete: boolean;
  /** The server's own words where it reports an error. */
  readonly error: string | null;
}

/** Decodes annotated CSV as Flux replies are written, given in pieces. Throws `RangeError` for bytes that are no such reply. */
export class CsvDecoder {
  readonly #writer: RowsWriter;
  readonly #rows: RowReader;
  readonly #record = new CsvRecord();
  #types: readonly string[] = [];
  #next: "header" | "row" | "error" = "header";
  #ended = false;
  #error: string | null = null;

  constructor(writer: RowsWriter, rows: RowReader) {
    this.#writer = writer;
    this.#rows = rows;
  }

  /** Decodes what lies wholly in [from, to), returns where the rest begins, and gives way when the writer must be reshaped. */
  decode(bytes: Buffer, from: number, to: number): number {
    let at = from;
    while (at < to && !this.#writer.changed) {
      at = this.#run(bytes, at, to);
      if (at === to || this.#writer.changed) break;
      const next = this.#record.scan(bytes, at, to);
      if (next < 0) break;
      if (!this.#take(bytes, at)) {
        this.#writer.clear();
        break;
      }
      at = next;
    }
    return at;
  }

  /** What to make of a reply of which nothing more comes; `rest` bytes were never used. */
  verdict(rest: number): Verdict {
    return { complete: this.#ended && rest === 0, error: this.#error };
  }

  #run(bytes: Buffer, from: number, to: number): number {
    const at = this.#next === "row" ? (this.#rows.run?.(bytes, from, to) ?? from) : from;
    if (at > from) this.#ended = false;
    return at;
  }

  /** False when the record must be read again. */
  #take(bytes: Buffer, start: number): boolean {
    const record = this.#record;
    this.#ended = record.cells === 1 && record.isEmpty(0);
    if (this.#ended) return true;
    if (bytes[start] === HASH) this.#annotation(bytes);
    else if (this.#next === "header") this.#header(bytes);
    else if (this.#next === "error") this.#error = record.text(bytes, 1);
    else {
      if (record.cells !== this.#types.length)
        throw new RangeError(`a row of ${this.#types.length} cells was expected, not of ${record.cells}`);
      return this.#rows.row(bytes, record);
    }
    return true;
  }

  #annotation(bytes: Buffer): void {
    this.#next = "header";
    if (this.#record.text(bytes, 0) === "#datatype") this.#types = this.#texts(bytes);
  }

  #header(bytes: Buffer): void {
    const names = this.#texts(bytes);
    if (names.length === 3 && names[1] === "error" && names[2] === "reference") {
      this.#next = "error";
      this.#error = "the server reports an error without saying which";
      return;
    }
    if (names.length !== this.#types.length) throw new RangeError("a table has no annotation of its types");
    this.#next = "row";
    this.#rows.begin(names, this.#types);
  }

  #texts(bytes: Buffer): string[] {
    return Array.from({ length: this.#record.cells }, (_, cell) => this.#record.text(bytes, cell));
  }
}
