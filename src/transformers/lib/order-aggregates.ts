import { quoteIdentifier } from "../../core/sql.js";
import type { AggregateCall } from "./check-expressions.js";
import { ORDERED_AGGREGATES } from "./functions.js";
import { scanSql } from "./scan-sql.js";
import type { StepInput } from "./step-input.js";
import { EXPRESSION_START } from "./syntax-tree.js";

/**
 * Writes an order into the aggregates whose result depends on one: DuckDB's threads take rows as they come, and sums of doubles then differ in their last bits.
 * `first` and `last` become the first and last value that there is.
 */
export function orderAggregates(text: string, calls: readonly AggregateCall[], input: StepInput): string {
  const bytes = Buffer.from(text);
  let result = text;
  // from the back, so that places found earlier stay where they are
  for (const call of [...calls].sort((a, b) => b.location - a.location)) {
    if (!ORDERED_AGGREGATES.has(call.name)) continue;
    const start = bytes.subarray(0, call.location - EXPRESSION_START).toString().length;
    result = result.slice(0, start) + ordered(result.slice(start), call, input);
  }
  return result;
}

/** `text` starts with the call. */
function ordered(text: string, { name, distinct }: AggregateCall, input: StepInput): string {
  const { open, close } = parentheses(text);
  const inner = text.slice(open + 1, close);
  const order = distinct ? inner.replace(/^\s*distinct\b/i, "") : [...rowOrder(input), inner].join(", ");
  const directed = name === "last" ? [...rowOrder(input).map((column) => `${column} DESC`), `${inner}\n DESC`].join(", ") : order;
  const called = name === "first" || name === "last" ? "any_value" : text.slice(0, open);
  return `${called}(${inner}\n ORDER BY ${directed}\n)${text.slice(close + 1)}`;
}

/** Time, then what tells series apart; without a time, everything. */
function rowOrder({ columns, types }: StepInput): string[] {
  const series = columns.includes("time_ns") ? ["time_ns", ...columns.filter((column) => types.get(column) === "VARCHAR")] : columns;
  return series.map(quoteIdentifier);
}

/** Where the call's parentheses open and close. */
function parentheses(text: string): { readonly open: number; readonly close: number } {
  let at = 0;
  let depth = 0;
  let open = -1;
  for (const piece of scanSql(text)) {
    for (const character of piece.text) {
      if (piece.code && character === "(" && depth++ === 0) open = at;
      if (piece.code && character === ")" && --depth === 0) return { open, close: at };
      at += character.length;
    }
  }
  throw new RangeError("a call has its parentheses");
}
