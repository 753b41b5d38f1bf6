import type { Check, CheckRule } from "../core/check.js";
import { type CheckSettings, checkSettings } from "./check-settings.js";
import type { Field } from "./field.js";
import { parseSettings } from "./parse-settings.js";
import { describe } from "./wording.js";

/** Reads `checks: [ { not_null: [a] }, { range: { b: [0, 1] }, severity: warn } ]`: a check for each rule and, where the rule is about single columns, column. */
export function readChecks(id: string, field: Field | null): Check[] {
  if (field === null || field.located.broken) return [];
  if (!Array.isArray(field.value)) {
    field.error(`Cannot use ${describe(field.value)} as the checks of step "${id}": must be a list`, "checks: [ { not_null: [COLUMN] } ]");
    return [];
  }
  return field.children.flatMap((entry) => readCheck(id, entry));
}

function readCheck(id: string, entry: Field): Check[] {
  const settings = parseSettings(checkSettings, entry, { noun: `a check of step "${id}"` });
  if (settings === null) return [];
  const { severity, ...named } = settings;
  const rules = toRules(named);
  if (rules.length === 0)
    entry.error(`Cannot tell what a check of step "${id}" checks: it names no rule`, "A check is such as { not_null: [COLUMN] }");
  return rules.map((rule) => ({ rule, severity }));
}

function toRules(settings: Omit<CheckSettings, "severity">): CheckRule[] {
  const { not_null, unique, accepted_values = {}, range = {}, freshness = {}, expression, relationship, row_count } = settings;
  return [
    ...(not_null ?? []).map((column): CheckRule => ({ kind: "not_null", column })),
    ...(unique === undefined ? [] : [{ kind: "unique", columns: unique } as const]),
    ...Object.entries(accepted_values).map(([column, values]): CheckRule => ({ kind: "accepted_values", column, values })),
    ...Object.entries(range).map(([column, [least, most]]): CheckRule => ({ kind: "range", column, least, most })),
    ...(expression === undefined ? [] : [{ kind: "expression", sql: expression } as const]),
    ...(relationship === undefined ? [] : [toRelationship(relationship)]),
    ...(row_count === undefined ? [] : toRowCounts(row_count)),
    ...Object.entries(freshness).map(([column, within]): CheckRule => ({ kind: "freshness", column, within })),
  ];
}

function toRelationship({ columns, to = columns, step, table = "" }: NonNullable<CheckSettings["relationship"]>): CheckRule {
  return { kind: "relationship", columns, to, of: step === undefined ? { table } : { step } };
}

function toRowCounts({ min, max, usual, weeks }: NonNullable<CheckSettings["row_count"]>): CheckRule[] {
  const absolute: CheckRule = { kind: "row_count", least: min ?? null, most: max ?? null };
  return [
    ...(min === undefined && max === undefined ? [] : [absolute]),
    ...(usual === undefined ? [] : [{ kind: "usual_row_count", least: usual[0], most: usual[1], weeks } as const]),
  ];
}
