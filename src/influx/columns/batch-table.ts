import type { AppendedTable } from "../../core/node.js";
import { BATCH_ROWS, type Column } from "../../core/relation.js";
import { ColumnBuffer } from "./column-buffer.js";

/** A table of the workspace that is filled row by row. */
export class BatchTable {
  readonly table: string;
  readonly columns: readonly ColumnBuffer[];
  /** The row being filled: its number in the batch, which is that in the columns. */
  row = 0;
  /** Rows before that one, in all. */
  total = 0;
  readonly #table: AppendedTable;

  constructor(table: AppendedTable, columns: readonly Column[]) {
    this.table = table.table;
    this.#table = table;
    this.columns = columns.map(({ type }) => new ColumnBuffer(type));
  }

  /** Ends the row. */
  next(): void {
    this.total++;
    if (++this.row === BATCH_ROWS) this.#flush();
  }

  /** Leaves rows empty until so many are before the one being filled. */
  skipTo(total: number): void {
    while (this.total < total) this.next();
  }

  /** Only now do the rows count. */
  async close(): Promise<void> {
    if (this.row > 0) this.#flush();
    await this.#table.close();
  }

  #flush(): void {
    this.#table.append({ rows: this.row, columns: this.columns.map((column) => column.vector(this.row)) });
    for (const column of this.columns) column.reset();
    this.row = 0;
  }
}
