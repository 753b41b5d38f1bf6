/** What a check asks of the rows of each window (in a workflow: of all rows). NULL passes all but `not_null`, `unique` and `freshness`. */
export type CheckRule =
  | { readonly kind: "not_null"; readonly column: string }
  /** No two rows hold the same values; NULLs are the same. */
  | { readonly kind: "unique"; readonly columns: readonly string[] }
  | { readonly kind: "accepted_values"; readonly column: string; readonly values: readonly (string | number | boolean)[] }
  /** Both bounds belong to it; null = none. */
  | { readonly kind: "range"; readonly column: string; readonly least: number | null; readonly most: number | null }
  /** True or NULL for every row. */
  | { readonly kind: "expression"; readonly sql: string }
  /** The columns' values are found together in the columns `to` of a step's relation, or of a published table. */
  | {
      readonly kind: "relationship";
      readonly columns: readonly string[];
      readonly to: readonly string[];
      readonly of: { readonly step: string } | { readonly table: string };
    }
  /** Null = no bound. */
  | { readonly kind: "row_count"; readonly least: number | null; readonly most: number | null }
  /** Rows published, as multiples of the median of the same window in so many earlier weeks. Only before a loader. */
  | { readonly kind: "usual_row_count"; readonly least: number | null; readonly most: number | null; readonly weeks: number }
  /** The newest value is at most so many ms older than the window's end (in a workflow: than now). */
  | { readonly kind: "freshness"; readonly column: string; readonly within: number };

/** A check of a step's relations, of a loader's input. */
export interface Check {
  readonly rule: CheckRule;
  /** `error`: the window fails, and nothing of it is published. `warn`: it is told. */
  readonly severity: "error" | "warn";
}
