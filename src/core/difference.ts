import type { SqlValue } from "./database.js";
import type { RelationColumn } from "./relation.js";

/** How rows of two versions of a table are told apart and compared. */
export interface DifferenceOptions {
  /** The columns that tell which rows belong together; default: the loader's key, else the window's start and the columns of text. */
  readonly key?: readonly string[] | undefined;
  /** Floating numbers may differ by this part of the larger one. */
  readonly tolerance: number;
}

/** A published table beside what it would be, over the windows of the plan; where rows are merged by key, all of it. */
export interface TableDifference {
  readonly step: string;
  readonly table: string;
  /** False: there is no such table yet. */
  readonly exists: boolean;
  readonly key: readonly string[];
  /** True: rows share the key, so that a row with another value is one removed and one added. */
  readonly key_is_shared: boolean;
  readonly columns: {
    readonly added: readonly RelationColumn[];
    readonly changed: readonly { readonly name: string; readonly old: string; readonly new: string }[];
  };
  readonly rows: Readonly<Record<"same" | RowChange, number>>;
  /** By column that differs in rows that are in both: in how many, and between which bounds the change lies; null where values are no numbers. */
  readonly values: readonly {
    readonly column: string;
    readonly rows: number;
    readonly least_change: SqlValue;
    readonly most_change: SqlValue;
  }[];
  /** The first of them, in order of the key. */
  readonly differences: readonly RowDifference[];
  readonly differences_left_out: number;
}

export type RowChange = "added" | "changed" | "removed";

/** One row that is not the same. `values`: of a changed row those that differ, else all. */
export interface RowDifference {
  readonly kind: RowChange;
  readonly key: Readonly<Record<string, SqlValue>>;
  /** `change` is `new` less `old`; null where one of them is no number. */
  readonly values: Readonly<Record<string, { readonly old: SqlValue; readonly new: SqlValue; readonly change: SqlValue }>>;
}
