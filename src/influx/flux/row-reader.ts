import type { CsvRecord } from "./csv-record.js";

/** Takes the rows of a reply's tables into columns. */
export interface RowReader {
  /** A table begins: the names of its columns and their types. The first three are the annotation, `result` and `table`, whatever the tags are called. */
  begin(names: readonly string[], types: readonly string[]): void;
  /** Takes a row; false when it must be given again, because the writer lacks a column. */
  row(bytes: Buffer, record: CsvRecord): boolean;
  /** Takes what rows it can behind one that it was given, and returns where they end. */
  run?(bytes: Buffer, from: number, to: number): number;
}

/** The first column that is the table's own. */
export const FIRST_COLUMN = 3;
