import type { CheckRule } from "../../core/check.js";

/** A rule in a few words, as messages name it. */
export function describeRule(rule: CheckRule): string {
  switch (rule.kind) {
    case "not_null":
    case "freshness":
      return `${rule.kind} of "${rule.column}"`;
    case "unique":
      return `unique of "${rule.columns.join(", ")}"`;
    case "accepted_values":
      return `accepted_values of "${rule.column}"`;
    case "range":
      return `range of "${rule.column}" [${rule.least}, ${rule.most}]`;
    case "expression":
      return `expression "${rule.sql}"`;
    case "relationship":
      return `relationship of "${rule.columns.join(", ")}" to "${"step" in rule.of ? rule.of.step : rule.of.table}"`;
    case "row_count":
    case "usual_row_count":
      return "row_count";
  }
}
