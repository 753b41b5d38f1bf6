import type { Check } from "../core/check.js";
import type { Node } from "../core/node.js";
import type { Patience, StepInput } from "../core/pipeline.js";
import type { Field, Path } from "./field.js";

/** A relation that a step reads, and where it says so. */
export interface DraftInput extends StepInput {
  readonly field: Field;
}

/** A step that was read by itself; what it has to do with other steps is not checked yet. */
export interface DraftStep {
  readonly id: string;
  readonly field: Field;
  /** Null where it has errors. */
  readonly node: Node | null;
  /** Null where they have errors. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  /** Where in the settings secrets stand. */
  readonly secrets: readonly Path[];
  readonly inputs: readonly DraftInput[];
  readonly connection: Field | null;
  readonly checks: readonly Check[];
  readonly patience?: Patience | undefined;
}

/** A step without errors. */
export type WholeStep = DraftStep & { readonly node: Node; readonly settings: Readonly<Record<string, unknown>> };

export function isWhole(step: DraftStep): step is WholeStep {
  return step.node !== null && step.settings !== null;
}
