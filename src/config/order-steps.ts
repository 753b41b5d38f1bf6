import type { WholeStep } from "./draft-step.js";

/** Puts each step after those it reads from, otherwise as in the file. Null after an error: a cycle, which is named. */
export function orderSteps(steps: readonly WholeStep[]): WholeStep[] | null {
  const ordered = new Map<string, WholeStep>();
  const isReady = ({ id, inputs }: WholeStep) => !ordered.has(id) && inputs.every(({ step }) => ordered.has(step));
  for (let next = steps.find(isReady); next !== undefined; next = steps.find(isReady)) ordered.set(next.id, next);
  const rest = steps.filter(({ id }) => !ordered.has(id));
  if (rest.length === 0) return [...ordered.values()];
  const cycle = findCycle(rest);
  const first = cycle[0];
  first?.field.keyError(
    `Cannot order the steps: ${[...cycle, first].map(({ id }) => id).join(" → ")} is a cycle`,
    "A step reads only from steps before it",
  );
  return null;
}

/** Walks against the flow from a step that waits for another that waits, until one comes again. */
function findCycle(waiting: readonly WholeStep[]): WholeStep[] {
  const byId = new Map(waiting.map((step) => [step.id, step]));
  const walked: WholeStep[] = [];
  let step = waiting[0];
  while (step !== undefined && !walked.includes(step)) {
    walked.push(step);
    step = step.inputs.map(({ step: id }) => byId.get(id)).find((source) => source !== undefined);
  }
  return walked.slice(step === undefined ? 0 : walked.indexOf(step)).reverse();
}
