import type { Database } from "../../core/database.js";
import { KpiError } from "../../core/errors.js";
import { scanSql } from "./scan-sql.js";

/** A node of the tree that DuckDB makes of an expression. */
export type SyntaxNode = Readonly<Record<string, unknown>>;

/** Where in the parsed text an expression starts, in bytes: `query_location` counts from there. */
export const EXPRESSION_START = "select (\n".length;

/** Parses expressions, by what they compute, into trees. Throws STEP_FAILED for what is not exactly one expression. */
export async function parseExpressions(db: Database, expressions: ReadonlyMap<string, string>): Promise<Map<string, SyntaxNode>> {
  if (expressions.size === 0) return new Map();
  for (const [name, text] of expressions) requireBalance(name, text);
  const calls = [...expressions.keys()].map((_, index) => `json_serialize_sql($${index + 1}::VARCHAR) AS "${index}"`);
  const texts = [...expressions.values()].map((text) => `select (\n${text}\n) as result from input`);
  const [row = {}] = await db.rows(`SELECT ${calls.join(", ")}`, texts);
  return new Map([...expressions.keys()].map((name, index) => [name, oneExpression(name, String(row[index]))]));
}

/** No parenthesis may close one that the expression has not opened. */
function requireBalance(name: string, text: string): void {
  let depth = 0;
  for (const piece of scanSql(text)) {
    for (const character of piece.code ? piece.text : "") {
      if (character === "(") depth++;
      else if (character === ")" && --depth < 0)
        throw new KpiError("STEP_FAILED", `Cannot read the expression of "${name}": ")" closes nothing`);
    }
  }
}

function oneExpression(name: string, json: string): SyntaxNode {
  const parsed = parseJson(name, json);
  if (parsed.error === true) throw new KpiError("STEP_FAILED", `Cannot read the expression of "${name}": ${String(parsed.error_message)}`);
  const [statement, ...others] = nodes(parsed.statements);
  const select = child(statement ?? {}, "node");
  const from = child(select, "from_table");
  const [expression, ...more] = nodes(select.select_list);
  const plain = select.type === "SELECT_NODE" && from.type === "BASE_TABLE" && from.table_name === "input" && select.where_clause === null;
  if (expression === undefined || others.length + more.length > 0 || !plain || expression.alias !== "result")
    throw new KpiError("STEP_FAILED", `Cannot read the expression of "${name}": it is more than one expression`);
  return expression;
}

/** Infinite and missing numbers come out as words that JSON does not have. */
function parseJson(name: string, json: string): SyntaxNode {
  try {
    return JSON.parse(json) as SyntaxNode;
  } catch (cause) {
    throw new KpiError("STEP_FAILED", `Cannot read the expression of "${name}": it holds a number that is too large`, { cause });
  }
}

/** The nodes of a list, or of a single node; what is neither has none. */
export function nodes(value: unknown): SyntaxNode[] {
  if (Array.isArray(value)) return value.flatMap(nodes);
  return typeof value === "object" && value !== null ? [value as SyntaxNode] : [];
}

export function child(node: SyntaxNode, key: string): SyntaxNode {
  return nodes(node[key])[0] ?? {};
}
