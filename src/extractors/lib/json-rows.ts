import type { Database } from "../../core/database.js";
import { KpiError } from "../../core/errors.js";
import { quoteIdentifier, quoteLiteral } from "../../core/sql.js";
import { castText } from "./cast-text.js";

/** A column of the rows: the JSON path at which its value stands in each row, and what to read it as. */
export interface JsonColumn {
  readonly name: string;
  readonly path: string;
  readonly type: string;
}

const PART = /^([^[\]]*)((?:\[\d+\])*)$/;

/** The JSON path of a key, whatever it is made of. */
export function keyPath(key: string): string {
  return `$."${key.replaceAll('"', '\\"')}"`;
}

/** `data.items[0]` as a JSON path; null for what is none. */
export function toJsonPath(text: string): string | null {
  const parts = text === "" ? [] : text.split(".").map((part) => PART.exec(part));
  if (parts.some((part) => part === null || part[0] === "")) return null;
  return `$${parts.map((part) => (part?.[1] === "" ? "" : keyPath(part?.[1] ?? "").slice(1)) + (part?.[2] ?? "")).join("")}`;
}

/** Where rows are looked for in a JSON document. */
export interface JsonRows {
  /** As written in the settings; empty: the document itself. */
  readonly rows: string;
  readonly columns: readonly JsonColumn[];
}

/**
 * Makes sure that the document holds rows: a list, or one object that has one of the columns at least.
 * Throws SOURCE_MALFORMED for anything else; `what` is named in the message.
 */
export async function requireItems(db: Database, document: string, { rows, columns }: JsonRows, what: string): Promise<void> {
  const paths = columns.map(({ path }) => quoteLiteral(path)).join(", ");
  const [found] = await db.rows<{ valid: boolean; type: string | null; fits: boolean | null }>(
    `SELECT json_valid($1) AS valid, json_type(item) AS type, list_bool_or(json_exists(item, [${paths}])) AS fits
     FROM (SELECT CASE WHEN json_valid($1) THEN json_extract($1::VARCHAR, ${jsonPath(rows)}) END AS item)`,
    [document],
  );
  if (found?.valid !== true) throw new KpiError("SOURCE_MALFORMED", `Cannot read ${what}: it is not JSON`);
  if (found.type === "ARRAY" || (found.type === "OBJECT" && found.fits === true)) return;
  const state =
    found.type === null
      ? "there is nothing"
      : found.type === "OBJECT"
        ? "the object has none of the columns"
        : `there is a value of type ${found.type}`;
  throw new KpiError("SOURCE_MALFORMED", `Cannot find rows at "${rows}" in ${what}: ${state}`, {
    hint: "Say with `rows` where the list of rows stands",
  });
}

/** A query for the rows in a JSON document, `$1`. */
export function selectItems({ rows, columns }: JsonRows): string {
  const at = `json_extract($1::VARCHAR, ${jsonPath(rows)})`;
  const items = `SELECT unnest(CASE json_type(${at}) WHEN 'ARRAY' THEN CAST(${at} AS JSON[]) ELSE [${at}] END) AS item`;
  return `SELECT ${columns.map((column) => `${readColumn(column)} AS ${quoteIdentifier(column.name)}`).join(", ")} FROM (${items})`;
}

function readColumn({ path, type }: JsonColumn): string {
  const at = quoteLiteral(path);
  return /^json$/i.test(type) ? `json_extract(item, ${at})` : castText(`json_extract_string(item, ${at})`, type);
}

function jsonPath(path: string): string {
  return quoteLiteral(toJsonPath(path) ?? "$");
}
