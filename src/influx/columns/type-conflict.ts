import { KpiError } from "../../core/errors.js";
import type { ColumnType } from "../../core/relation.js";

const NUMBERS: ReadonlySet<ColumnType> = new Set(["BIGINT", "UBIGINT", "DOUBLE"]);

export function isNumber(type: ColumnType): boolean {
  return NUMBERS.has(type);
}

/** The error for values that cannot share a column. */
export function typeConflict(field: string, have: ColumnType, met: ColumnType): KpiError {
  return new KpiError("SOURCE_TYPE_CONFLICT", `Cannot put ${met} into column "${field}": it holds ${have}`, {
    hint: `Say with types: { ${field}: … } which kind the step expects; the windows that hold other kinds need a step of their own`,
  });
}

/** The type that holds values of both, numbers of different kinds being doubles; null where there is none. */
export function commonType(have: ColumnType, met: ColumnType): ColumnType | null {
  if (have === met) return have;
  return NUMBERS.has(have) && NUMBERS.has(met) ? "DOUBLE" : null;
}

/** The type that holds values of both. Throws `SOURCE_TYPE_CONFLICT` where there is none. */
export function widen(field: string, have: ColumnType, met: ColumnType): ColumnType {
  const type = commonType(have, met);
  if (type === null) throw typeConflict(field, have, met);
  return type;
}
