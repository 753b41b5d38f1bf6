import type { DraftStep } from "./draft-step.js";
import { offer } from "./offer.js";

/** Checks what the checks of a pipeline's steps have to do with other steps, and with windows. */
export function checkChecks(steps: readonly DraftStep[], windowed: boolean): void {
  const relations = steps.filter(({ node }) => node?.role !== "load").flatMap(relationsOf);
  for (const step of steps) {
    for (const { rule } of step.checks) {
      if (rule.kind === "usual_row_count") requireHistory(step, windowed);
      if (rule.kind === "relationship" && "step" in rule.of && !relations.includes(rule.of.step))
        atChecks(step).error(`Cannot check against "${rule.of.step}": there is no such step`, offer(rule.of.step, relations));
    }
  }
}

/** `step`, or `step.port` for each of its outputs. */
function relationsOf({ id, node, settings }: DraftStep): string[] {
  const ports = node?.role === "transform" && settings !== null ? node.ports?.(settings) : undefined;
  return ports?.map((port) => `${id}.${port}`) ?? [id];
}

function requireHistory(step: DraftStep, windowed: boolean): void {
  if (windowed && step.node?.role === "load") return;
  const state = windowed ? "only what a loader publishes is remembered" : "without windows there are no earlier ones";
  atChecks(step).error(`Cannot use "usual" in a check of step "${step.id}": ${state}`, "Check with min and max, or at the loader");
}

function atChecks({ field }: DraftStep) {
  return field.get("checks") ?? field;
}
