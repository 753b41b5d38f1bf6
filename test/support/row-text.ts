import type { SqlRow } from "../../src/core/database.js";

/** A row as JSON, large integers as text. */
export function rowText(row: SqlRow): string {
  return JSON.stringify(row, (_, value) => (typeof value === "bigint" ? String(value) : value));
}
