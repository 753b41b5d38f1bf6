import type { CheckRule } from "../../core/check.js";
import { KpiError } from "../../core/errors.js";
import { nearest } from "../../core/nearest.js";
import { type RelationTable, WINDOW_START } from "../relation-table.js";

/** Makes sure that the relation has the columns a rule names. Throws STEP_FAILED with the nearest name. */
export function requireColumns(name: string, { columns, windowed }: RelationTable, rule: CheckRule): void {
  const known = [...columns.map((column) => column.name), ...(windowed ? [WINDOW_START] : [])];
  const missing = columnsOf(rule).find((column) => !known.some((each) => each.toLowerCase() === column.toLowerCase()));
  if (missing === undefined) return;
  const near = nearest(missing, known);
  throw new KpiError("STEP_FAILED", `Cannot check the column "${missing}" of "${name}": there is no such column`, {
    hint: near === undefined ? `The columns are ${known.join(", ")}` : `Did you mean "${near}"?`,
  });
}

function columnsOf(rule: CheckRule): readonly string[] {
  if ("column" in rule) return [rule.column];
  return "columns" in rule ? rule.columns : [];
}
