import type { Check, CheckRule } from "../../core/check.js";
import type { Step } from "../../core/pipeline.js";
import { type Relations, type RelationTable, relationKey } from "../relation-table.js";

/** A relation with the checks that a step makes of it. */
export interface Subject {
  readonly step: Step;
  /** The relation's name: `step`, or `step.port`. */
  readonly name: string;
  readonly relation: RelationTable;
  readonly checks: readonly Check[];
}

/** What is to be checked: of an extractor or transformer its own relations, of a loader what it publishes. A branch not taken has none. */
export function subjectsOf(steps: readonly Step[], relations: Relations, wanted: (rule: CheckRule) => boolean): Subject[] {
  return steps.flatMap((step) => {
    const checks = (step.checks ?? []).filter(({ rule }) => wanted(rule));
    if (checks.length === 0) return [];
    return namesOf(step, relations).flatMap((name) => {
      const relation = relations.get(name);
      return relation === undefined ? [] : [{ step, name, relation, checks }];
    });
  });
}

function namesOf({ role, id, from }: Step, relations: Relations): string[] {
  if (role === "load") return from.slice(0, 1).map(({ step, port }) => relationKey(step, port));
  return [...relations.keys()].filter((name) => name === id || name.startsWith(`${id}.`));
}

/** Whether a rule compares with what is published, so that it is checked in the publishing transaction. */
export function readsWarehouse(rule: CheckRule): boolean {
  return rule.kind === "usual_row_count" || (rule.kind === "relationship" && "table" in rule.of);
}
