import type { Database } from "../../core/database.js";
import { KpiError } from "../../core/errors.js";
import { nearest } from "../../core/nearest.js";
import { AGGREGATES, SCALAR_FUNCTIONS } from "./functions.js";
import { child, nodes, parseExpressions, type SyntaxNode } from "./syntax-tree.js";

/** What the expressions of a step may name. */
export interface ExpressionRules {
  /** The name of the input in the step's SQL. */
  readonly alias: string;
  readonly columns: readonly string[];
  /** Columns that may stand outside an aggregate; null where the step knows no aggregates. */
  readonly grouped: readonly string[] | null;
}

/** A call of an aggregate in the text of an expression. */
export interface AggregateCall {
  readonly name: string;
  /** Where its name starts, in bytes of the parsed text. */
  readonly location: number;
  readonly distinct: boolean;
}

const REFUSED: Readonly<Record<string, string>> = {
  SUBQUERY: "a query inside an expression",
  WINDOW: "a window function",
  LAMBDA: "a lambda",
  STAR: "`*`",
  PARAMETER: "a variable",
  COLLATE: "a collation",
};
const PARTS = [
  "children",
  "left",
  "right",
  "child",
  "input",
  "lower",
  "upper",
  "case_checks",
  "when_expr",
  "then_expr",
  "else_expr",
  "filter",
];
const CLASSES = new Set(["COLUMN_REF", "CONSTANT", "FUNCTION", "OPERATOR", "CASE", "CAST", "COMPARISON", "CONJUNCTION", "BETWEEN"]);

/**
 * Lets through expressions made of columns, constants, operators and known functions, and nothing else.
 * Resolves to the aggregates they call, by what they compute. Throws STEP_FAILED naming what is not let through.
 */
export async function checkExpressions(
  db: Database,
  expressions: ReadonlyMap<string, string>,
  rules: ExpressionRules,
): Promise<ReadonlyMap<string, readonly AggregateCall[]>> {
  const trees = await parseExpressions(db, expressions);
  return new Map([...trees].map(([name, tree]) => [name, new Check(name, rules).run(tree)]));
}

class Check {
  readonly #name: string;
  readonly #rules: ExpressionRules;
  readonly #calls: AggregateCall[] = [];

  constructor(name: string, rules: ExpressionRules) {
    this.#name = name;
    this.#rules = rules;
  }

  run(tree: SyntaxNode): readonly AggregateCall[] {
    this.#visit(tree, false);
    return this.#calls;
  }

  #visit(node: SyntaxNode, aggregated: boolean): void {
    const kind = String(node.class ?? "");
    // parts of a CASE carry no class of their own
    if (kind !== "" && !CLASSES.has(kind)) this.#refuse(REFUSED[kind] ?? kind.toLowerCase(), "An sql step takes whole queries");
    if (kind === "COLUMN_REF") this.#column(node, aggregated);
    const within = kind === "FUNCTION" ? this.#function(node) || aggregated : aggregated;
    for (const part of PARTS) for (const inner of nodes(node[part])) this.#visit(inner, within);
  }

  #column({ column_names: names }: SyntaxNode, aggregated: boolean): void {
    const { alias, columns, grouped } = this.#rules;
    const [first = "", second] = Array.isArray(names) ? names.map(String) : [];
    const known = (name: string, list: readonly string[]) => list.some((column) => column.toLowerCase() === name.toLowerCase());
    const name = second !== undefined && first.toLowerCase() === alias.toLowerCase() && !known(first, columns) ? second : first;
    if (!known(name, columns)) this.#unknownColumn(name);
    if (grouped !== null && !aggregated && !known(name, grouped))
      this.#refuse(`the column "${name}" outside an aggregate`, `Write mean(${name}), max(${name}) or the like, or name it in \`by\``);
  }

  /** True where the function is an aggregate. */
  #function(node: SyntaxNode): boolean {
    const name = String(node.function_name).toLowerCase();
    const local = (node.schema === "" || node.schema === "main") && node.catalog === "";
    if (local && AGGREGATES.has(name)) {
      this.#aggregate(node, name);
      return true;
    }
    if (!local || !SCALAR_FUNCTIONS.has(name)) {
      const near = nearest(name, [...SCALAR_FUNCTIONS, ...(this.#rules.grouped === null ? [] : AGGREGATES)]);
      this.#refuse(`the function "${name}"`, near === undefined ? "An sql step takes whole queries" : `Did you mean "${near}"?`);
    }
    return false;
  }

  #aggregate(node: SyntaxNode, name: string): void {
    if (this.#rules.grouped === null)
      this.#refuse(`the aggregate "${name}"`, "This step computes row by row: aggregate with an aggregate step");
    if (nodes(child(node, "order_bys").orders).length > 0) this.#refuse(`an order inside "${name}"`, "Rows are ordered by time already");
    this.#calls.push({ name, location: Number(node.query_location), distinct: node.distinct === true });
  }

  #unknownColumn(name: string): never {
    const { columns } = this.#rules;
    const near = nearest(name, columns);
    throw new KpiError("STEP_FAILED", `Cannot compute "${this.#name}": there is no column "${name}"`, {
      hint: `${near === undefined ? "" : `Did you mean "${near}"? `}The columns are ${columns.join(", ")}`,
    });
  }

  #refuse(what: string, hint: string): never {
    throw new KpiError("STEP_FAILED", `Cannot compute "${this.#name}": ${what} is not allowed in an expression`, { hint });
  }
}
