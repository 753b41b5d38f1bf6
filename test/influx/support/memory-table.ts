import type { AppendedTable } from "../../../src/core/node.js";
import type { Column, ColumnBatch, ColumnVector } from "../../../src/core/relation.js";
import { PointWriter } from "../../../src/influx/columns/point-writer.js";
import { toTimeRange } from "../../../src/influx/columns/time-range.js";

/** A point as a decoder gave it: nanoseconds, and the cells that hold a value, as `role name`. */
export interface Row {
  readonly time: bigint;
  readonly micros: bigint;
  readonly cells: Readonly<Record<string, unknown>>;
}

function cell(vector: ColumnVector, row: number): unknown {
  if (vector.valid !== null && ((vector.valid[row >> 3] ?? 0) & (1 << (row & 7))) === 0) return undefined;
  if (vector.type === "VARCHAR") return vector.dictionary[vector.codes[row] ?? 0];
  if (vector.type === "BOOLEAN") return vector.data[row] === 1;
  return vector.data[row];
}

/** A writer whose rows can be looked at without a database. */
export function memoryWriter(): { readonly writer: PointWriter; rows(): Promise<Row[]> } {
  const rows: Row[] = [];
  const take = (columns: readonly Column[], batch: ColumnBatch) => {
    for (let row = 0; row < batch.rows; row++) {
      const values = batch.columns.map((vector) => cell(vector, row));
      const cells = columns.flatMap(({ name }, index) => {
        const slot = writer.slots[Number(name.slice(1))];
        return index < 2 || values[index] === undefined ? [] : [[`${slot?.role} ${slot?.name}`, values[index]] as const];
      });
      rows.push({ micros: values[0] as bigint, time: values[1] as bigint, cells: Object.fromEntries(cells) });
    }
  };
  const make = async (columns: readonly Column[]): Promise<AppendedTable> => ({
    table: "t",
    append: (batch) => take(columns, batch),
    close: async () => undefined,
  });
  const writer = new PointWriter(make, toTimeRange(null));
  return {
    writer,
    rows: async () => {
      await writer.close();
      return rows;
    },
  };
}

/** Splits bytes at a place, or gives them whole. */
export function splitAt(bytes: Buffer, at: number): Buffer[] {
  return at <= 0 || at >= bytes.length ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at)];
}
