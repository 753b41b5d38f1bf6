import type { DraftStep } from "./draft-step.js";
import type { Field } from "./field.js";
import { WINDOWED_KEYS } from "./pipeline-settings.js";

/** A pipeline without `every` has no windows: neither settings of windows nor their bounds in a step mean anything there. */
export function checkWorkflow(pipeline: Field, steps: readonly DraftStep[]): void {
  for (const key of WINDOWED_KEYS)
    pipeline
      .get(key)
      ?.keyError(`Cannot use "${key}" in a pipeline without "every": it has no windows`, `Add every: 1h, or remove "${key}"`);
  for (const { field } of steps) checkBounds(field);
}

function checkBounds(field: Field): void {
  const found = typeof field.value === "string" ? /\$window_(start|end)\b/.exec(field.value)?.[0] : undefined;
  if (found !== undefined)
    field.error(`Cannot use "${found}" in a pipeline without "every": it has no windows`, "Add every: 1h, or leave it out");
  for (const child of field.children) checkBounds(child);
}
