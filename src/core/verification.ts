import type { SqlValue } from "./database.js";
import type { Instant } from "./time.js";

/** Which windows to verify: by default all from the first hour to the last that has settled. */
export interface VerifyOptions {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly signal: AbortSignal;
}

/**
 * What became of a window. `same`: source, ledger and warehouse agree. `unknown`: ledger and warehouse agree, and a source cannot be counted.
 * `missing`: not processed. What a person has skipped or adopted is not compared.
 */
export type Verdict =
  | "same"
  | "unknown"
  | "skipped"
  | "adopted"
  | "source_differs"
  | "warehouse_differs"
  | "both_differ"
  | "missing"
  | "failed";

/** One window: values at the source now and when it was loaded, rows in the ledger and in the warehouse. Null: not known, or not compared. */
export interface VerifiedWindow {
  readonly start: string;
  readonly end: string;
  readonly source_rows: number | null;
  readonly loaded_source_rows: number | null;
  readonly ledger_rows: number | null;
  readonly warehouse_rows: number | null;
  readonly verdict: Verdict;
}

/** `kpi verify --json`. */
export interface VerifyReport {
  readonly schema_version: 1;
  /** Whether no window differs. */
  readonly ok: boolean;
  readonly pipeline: string;
  readonly from: string;
  readonly to: string;
  readonly windows: readonly VerifiedWindow[];
  /** Windows by verdict, without those that no window has. */
  readonly summary: Readonly<Partial<Record<Verdict, number>>>;
  /** What a source said instead of a count. */
  readonly warnings: readonly string[];
  /** With `--fix`: how many windows were done again, and the run that did it; the rest tells how they are now. */
  readonly fixed?: { readonly windows: number; readonly run: string };
}

/** What to compare a pipeline's table with. */
export interface CompareOptions extends VerifyOptions {
  /** Another table or view of the warehouse: `table` or `schema.table`. */
  readonly against: string;
  /** The columns that tell which rows belong together. */
  readonly key: readonly string[] | undefined;
  /** Numbers may differ by this part of the larger one. */
  readonly tolerance: number;
}

/** A value that is not the same in both; `column` is null for a row that only one of the two has. */
export interface Difference {
  readonly key: Readonly<Record<string, SqlValue>>;
  readonly column: string | null;
  readonly ours: SqlValue;
  readonly theirs: SqlValue;
}

/** `kpi verify --against --json`. */
export interface CompareReport {
  readonly schema_version: 1;
  readonly ok: boolean;
  readonly pipeline: string;
  readonly table: string;
  readonly against: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly tolerance: number;
  readonly rows: { readonly same: number; readonly different: number; readonly only_ours: number; readonly only_theirs: number };
  /** The first of them, in order of the key. */
  readonly differences: readonly Difference[];
}

const FINE: ReadonlySet<Verdict> = new Set(["same", "unknown", "skipped", "adopted"]);

/** Whether a window is not as it should be. */
export function isDifferent({ verdict }: Pick<VerifiedWindow, "verdict">): boolean {
  return !FINE.has(verdict);
}
