import { type Instant, toIso } from "./time.js";

/** Quotes a name for DuckDB: `a"b` → `"a""b"`. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes text for DuckDB: `it's` → `'it''s'`. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Joins the quoted parts of a qualified name: catalog, schema, table. */
export function qualify(...parts: readonly string[]): string {
  return parts.map(quoteIdentifier).join(".");
}

/** An instant as a TIMESTAMPTZ literal. */
export function timestampLiteral(instant: Instant): string {
  return `TIMESTAMPTZ '${toIso(instant)}'`;
}
