import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from "@duckdb/node-api";
import type { SqlRow, SqlValue } from "../core/database.js";

/** RFC 3339 in UTC from microseconds, with as many digits as there are. */
function toIsoMicros(micros: bigint): string {
  const whole = micros / 1_000_000n - (micros % 1_000_000n < 0n ? 1n : 0n);
  const fraction = micros - whole * 1_000_000n;
  const seconds = new Date(Number(whole) * 1000).toISOString().slice(0, -5);
  return fraction === 0n ? `${seconds}Z` : `${seconds}.${fraction.toString().padStart(6, "0").replace(/0+$/, "")}Z`;
}

function toSafeInteger(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function isInfinite(value: DuckDBTimestampTZValue | DuckDBTimestampValue): boolean {
  return value.micros >= 9223372036854775806n || value.micros <= -9223372036854775806n;
}

/** A DuckDB value as `SqlValue`: timestamps as RFC 3339, small integers as numbers, decimals as doubles, what has no counterpart as text. */
function toSqlValue(value: DuckDBValue): SqlValue {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "bigint") return toSafeInteger(value);
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue)
    return isInfinite(value) ? String(value) : toIsoMicros(value.micros);
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBListValue) return value.items.map(toSqlValue);
  if (value instanceof DuckDBStructValue) return toSqlRow(value.entries);
  return String(value);
}

export function toSqlRow(row: Readonly<Record<string, DuckDBValue>>): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toSqlValue(value)]));
}
