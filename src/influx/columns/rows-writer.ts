/** Takes the rows of a reply that comes in pieces, whatever tables they go to. */
export interface RowsWriter {
  /** What was committed in all. */
  readonly total: number;
  /** True when the row at hand must wait for `reshape` and then be decoded again. */
  readonly changed: boolean;
  /** Empties the cells of the row that was not committed. */
  clear(): void;
  /** Makes the tables that the row at hand waits for. */
  reshape(): Promise<void>;
  /** Begins a part that `abandon` can take back: what was written before stays. */
  begin(): Promise<void>;
  /** Takes back all rows since `begin`. */
  abandon(): Promise<void>;
}
