import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBAppender,
  DuckDBDataChunk,
  type DuckDBType,
  TIMESTAMPTZ,
  UBIGINT,
  VARCHAR,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import {
  type Appender,
  BATCH_ROWS,
  type Column,
  type ColumnBatch,
  type ColumnType,
  type ColumnVector,
  type Validity,
} from "../core/relation.js";
import { type EncodedDictionary, encodeDictionary } from "./encode-dictionary.js";

const TYPES: Readonly<Record<ColumnType, DuckDBType>> = { BOOLEAN, BIGINT, UBIGINT, DOUBLE, VARCHAR, TIMESTAMPTZ };
/** A text cell of DuckDB is four 32-bit parts. */
const CELL_PARTS = 4;

/** Copies batches into one reused chunk, a memory copy a column, and appends that. */
export class ColumnAppender implements Appender {
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  readonly #strings = new Uint32Array(BATCH_ROWS * CELL_PARTS);

  constructor(appender: DuckDBAppender, columns: readonly Column[]) {
    this.#appender = appender;
    this.#chunk = DuckDBDataChunk.create(columns.map(({ type }) => TYPES[type]));
  }

  append(batch: ColumnBatch): void {
    if (batch.columns.length !== this.#chunk.columnCount) throw new RangeError("a batch has as many columns as its table");
    this.#chunk.reset();
    this.#chunk.rowCount = batch.rows;
    batch.columns.forEach((column, index) => {
      const vector = duckdb.data_chunk_get_vector(this.#chunk.chunk, index);
      this.#copy(vector, column, batch.rows);
      copyValidity(vector, column.valid, batch.rows);
    });
    this.#appender.appendDataChunk(this.#chunk);
  }

  async close(): Promise<void> {
    this.#appender.closeSync();
  }

  #copy(vector: duckdb.Vector, column: ColumnVector, rows: number): void {
    if (column.type === "VARCHAR") {
      this.#copyText(vector, column.codes, encodeDictionary(column.dictionary), column.valid, rows);
      return;
    }
    const { buffer, byteOffset, BYTES_PER_ELEMENT } = column.data;
    duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, rows * BYTES_PER_ELEMENT);
  }

  #copyText(vector: duckdb.Vector, codes: Uint32Array, words: EncodedDictionary, valid: Validity, rows: number): void {
    const cells = this.#strings;
    let long = false;
    for (let row = 0; row < rows; row++) {
      const code = isValid(valid, row) ? (codes[row] as number) : 0;
      for (let part = 0; part < CELL_PARTS; part++) cells[row * CELL_PARTS + part] = words.inline[code * CELL_PARTS + part] ?? 0;
      long ||= words.long[code] !== undefined;
    }
    duckdb.copy_data_to_vector(vector, 0, cells.buffer, 0, rows * CELL_PARTS * 4);
    if (!long) return;
    for (let row = 0; row < rows; row++) {
      const text = isValid(valid, row) ? words.long[codes[row] as number] : undefined;
      if (text !== undefined) duckdb.vector_assign_string_element_len(vector, row, text);
    }
  }
}

function isValid(valid: Validity, row: number): boolean {
  return valid === null || ((valid[row >> 3] as number) & (1 << (row & 7))) !== 0;
}

function copyValidity(vector: duckdb.Vector, valid: Validity, rows: number): void {
  if (valid === null) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, valid.buffer as ArrayBuffer, valid.byteOffset, Math.ceil(rows / 8));
}
