const SIGNED = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"];
const UNSIGNED = ["UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"];
const FLOATING = ["FLOAT", "DOUBLE"];

/** Whether a column of one type can take every value of another; doubles are taken to hold any number. */
export function fitsType(column: string, value: string): boolean {
  if (column === value) return true;
  if (column === "DOUBLE") return isNumber(value);
  if (column === "FLOAT") return false;
  if (column.startsWith("DECIMAL") && value.startsWith("DECIMAL")) return fitsDecimal(digits(column), digits(value));
  const [signed, unsigned] = [SIGNED.indexOf(column), UNSIGNED.indexOf(column)];
  if (signed >= 0) return isBetween(SIGNED.indexOf(value), signed) || isBetween(UNSIGNED.indexOf(value), signed - 1);
  return unsigned >= 0 && isBetween(UNSIGNED.indexOf(value), unsigned);
}

function isNumber(type: string): boolean {
  return [...SIGNED, ...UNSIGNED, ...FLOATING].includes(type) || type.startsWith("DECIMAL");
}

function isBetween(rank: number, most: number): boolean {
  return rank >= 0 && rank <= most;
}

interface Digits {
  readonly whole: number;
  readonly fraction: number;
}

function digits(type: string): Digits {
  const [, width = "18", scale = "3"] = /\((\d+),(\d+)\)/.exec(type) ?? [];
  return { whole: Number(width) - Number(scale), fraction: Number(scale) };
}

function fitsDecimal(column: Digits, value: Digits): boolean {
  return column.whole >= value.whole && column.fraction >= value.fraction;
}
