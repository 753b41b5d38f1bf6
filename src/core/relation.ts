/** The types a relation's columns can be appended as. TIMESTAMPTZ is counted in microseconds since 1970, UTC. */
export type ColumnType = "BOOLEAN" | "BIGINT" | "UBIGINT" | "DOUBLE" | "VARCHAR" | "TIMESTAMPTZ";

/** A column to append to. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A column of a relation that exists, with its type as DuckDB writes it (`DECIMAL(18,3)`, `TIMESTAMP WITH TIME ZONE`). */
export interface RelationColumn {
  readonly name: string;
  readonly type: string;
}

/** Which rows hold a value: one bit a row, the lowest bit first, 1 = there is one. Null means every row does. */
export type Validity = Uint8Array | null;

/** One column of a batch, as the bytes DuckDB keeps: no object, string or bigint a value. Text is a code into a dictionary that may grow from batch to batch. */
export type ColumnVector =
  | { readonly type: "DOUBLE"; readonly data: Float64Array; readonly valid: Validity }
  | { readonly type: "BIGINT" | "TIMESTAMPTZ"; readonly data: BigInt64Array; readonly valid: Validity }
  | { readonly type: "UBIGINT"; readonly data: BigUint64Array; readonly valid: Validity }
  | { readonly type: "BOOLEAN"; readonly data: Uint8Array; readonly valid: Validity }
  | { readonly type: "VARCHAR"; readonly codes: Uint32Array; readonly dictionary: readonly string[]; readonly valid: Validity };

/** The most rows a batch holds: the size of DuckDB's own vectors. */
export const BATCH_ROWS = 2048;

/** Up to `BATCH_ROWS` rows in columns. It may be filled again as soon as `append` has returned. */
export interface ColumnBatch {
  readonly rows: number;
  readonly columns: readonly ColumnVector[];
}

/** Takes batches into a table. Nothing counts until `close` has resolved; an error in between leaves the table's new rows out. */
export interface Appender {
  append(batch: ColumnBatch): void;
  close(): Promise<void>;
}
