import { KpiError } from "../../core/errors.js";
import type { ColumnType } from "../../core/relation.js";

/** The error for values that cannot share a column. */
export function typeConflict(field: string, have: ColumnType, met: ColumnType): KpiError {
  return new KpiError("SOURCE_TYPE_CONFLICT", `Cannot put ${met} into column "${field}": it holds ${have}`, {
    hint: `Read the two kinds in steps of their own, by where: or by the windows they lie in; types: { ${field}: … } says which kind a step expects`,
  });
}

const NUMBERS: ReadonlySet<ColumnType> = new Set(["BIGINT", "UBIGINT", "DOUBLE"]);

/** The type that holds values of both: numbers of different kinds are doubles. Throws `SOURCE_TYPE_CONFLICT`. */
export function widen(field: string, have: ColumnType, met: ColumnType): ColumnType {
  if (have === met) return have;
  if (NUMBERS.has(have) && NUMBERS.has(met)) return "DOUBLE";
  throw typeConflict(field, have, met);
}
