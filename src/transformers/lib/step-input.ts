import { KpiError } from "../../core/errors.js";
import { nearest } from "../../core/nearest.js";
import type { Input, StepContext } from "../../core/node.js";
import { quoteIdentifier } from "../../core/sql.js";

export const WINDOW_START = "window_start";

/** An input as the step's SQL sees it. */
export interface StepInput {
  readonly alias: string;
  /** The quoted alias. */
  readonly view: string;
  /** Without `window_start`. */
  readonly columns: readonly string[];
  readonly types: ReadonlyMap<string, string>;
  /** `window_start` where a whole span is seen at once, else nothing: what results must carry, group by, match on. */
  readonly windowColumns: readonly string[];
}

/** The inputs of a step, in the order of `from`. */
export function stepInputs(context: StepContext): StepInput[] {
  return [...context.inputs.values()].map((input) => stepInput(input, context));
}

/** The input of a step that has one. */
export function onlyInput(context: StepContext): StepInput {
  const [input] = stepInputs(context);
  if (input === undefined) throw new KpiError("INTERNAL", "Cannot run the step: it was given no input");
  return input;
}

function stepInput({ alias, columns, windowed }: Input, { window }: StepContext): StepInput {
  return {
    alias,
    view: quoteIdentifier(alias),
    columns: columns.map(({ name }) => name),
    types: new Map(columns.map(({ name, type }) => [name, type])),
    windowColumns: windowed && window === null ? [WINDOW_START] : [],
  };
}

/** The columns of that name as the input writes them. Throws STEP_FAILED for one that is not there. */
export function findColumns(names: readonly string[], { alias, columns }: StepInput): string[] {
  return names.map((name) => {
    const found = columns.find((column) => column.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    const near = nearest(name, columns);
    throw new KpiError("STEP_FAILED", `Cannot use the column "${name}" of "${alias}": there is no such column`, {
      hint: `${near === undefined ? "" : `Did you mean "${near}"? `}The columns are ${columns.join(", ")}`,
    });
  });
}

/** Quoted names in a row. */
export function list(names: readonly string[]): string {
  return names.map(quoteIdentifier).join(", ");
}
