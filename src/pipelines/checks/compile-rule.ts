import type { CheckRule } from "../../core/check.js";
import { qualify, quoteIdentifier, quoteLiteral } from "../../core/sql.js";
import { type RelationTable, WINDOW_START } from "../relation-table.js";

/** The name of the checked relation in what is compiled here. */
export const ROW = "__row";

/** A relation that values are looked for in; null where its branch is not taken, so that it holds nothing. */
export type Lookup = (of: Extract<CheckRule, { kind: "relationship" }>["of"]) => Pick<RelationTable, "table" | "windowed"> | null;

/** One number for each window: what is computed of every row, and how that is added up. */
export interface Measure {
  readonly each: string;
  readonly total: (each: string) => string;
  /** True where `each` says of a row that it fails, so that such rows can be shown. */
  readonly ofRows: boolean;
}

/** Compiles a rule to what a scan of its relation measures. Pure. */
export function compileRule(rule: CheckRule, windowed: boolean, lookup: Lookup): Measure {
  if (rule.kind === "row_count" || rule.kind === "usual_row_count") return { each: "true", total: () => "count(*)", ofRows: false };
  if (rule.kind === "freshness") return { each: `epoch_ms(${column(rule.column)})`, total: (each) => `max(${each})`, ofRows: false };
  return { each: failing(rule, windowed, lookup), total: (each) => `count(*) FILTER (${each})`, ofRows: true };
}

type RowRule = Exclude<CheckRule, { kind: "row_count" | "usual_row_count" | "freshness" }>;

/** SQL that is true for the rows that fail. */
function failing(rule: RowRule, windowed: boolean, lookup: Lookup): string {
  switch (rule.kind) {
    case "not_null":
      return `${column(rule.column)} IS NULL`;
    case "unique":
      return `count(*) OVER (PARTITION BY ${[...(windowed ? [WINDOW_START] : []), ...rule.columns].map(column).join(", ")}) > 1`;
    case "accepted_values":
      return `${column(rule.column)} NOT IN (${rule.values.map(literal).join(", ")})`;
    case "range":
      return outside(column(rule.column), rule.least, rule.most);
    case "expression":
      return `NOT (\n${rule.sql}\n)`;
    case "relationship":
      return notFound(rule, windowed, lookup(rule.of));
  }
}

function outside(value: string, least: number | null, most: number | null): string {
  const bounds = [...(least === null ? [] : [`${value} < ${least}`]), ...(most === null ? [] : [`${value} > ${most}`])];
  return bounds.length === 0 ? "false" : bounds.join(" OR ");
}

function notFound(
  { columns, to }: Extract<RowRule, { kind: "relationship" }>,
  windowed: boolean,
  found: Pick<RelationTable, "table" | "windowed"> | null,
): string {
  const given = columns.map((name) => `${column(name)} IS NOT NULL`).join(" AND ");
  if (found === null) return given;
  const same = columns.map((name, index) => `other.${quoteIdentifier(to[index] ?? name)} = ${column(name)}`);
  if (windowed && found.windowed) same.push(`other.${WINDOW_START} = ${column(WINDOW_START)}`);
  return `${given} AND NOT EXISTS (SELECT 1 FROM ${found.table} AS other WHERE ${same.join(" AND ")})`;
}

function column(name: string): string {
  return qualify(ROW, name);
}

function literal(value: string | number | boolean): string {
  return typeof value === "string" ? quoteLiteral(value) : String(value);
}
