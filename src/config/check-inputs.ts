import { type DraftInput, type DraftStep, isWhole, type WholeStep } from "./draft-step.js";
import type { Field } from "./field.js";
import { offer } from "./offer.js";

/** Checks what the steps of a pipeline read: how much, from whom, on which port, under which names. */
export function checkInputs(steps: readonly DraftStep[]): void {
  const byId = new Map(steps.map((step) => [step.id, step]));
  for (const step of steps) {
    checkNumber(step);
    for (const input of step.inputs) checkInput(input, byId);
    checkAliases(step.inputs);
  }
}

function checkNumber({ id, node, field, inputs }: DraftStep): void {
  if (node === null) return;
  const from = field.get("from");
  if (node.role === "extract") {
    from?.keyError(`Cannot let step "${id}" read from another: it extracts`, 'Remove "from", or transform what comes');
    return;
  }
  const { least, most } = (node.role === "transform" ? node.inputs : undefined) ?? { least: 1, most: 1 };
  if (from === null) {
    if (least > 0)
      field.keyError(`Cannot do without "from" in step "${id}": ${node.role} "${node.type}" reads ${range(least, most)}`, "from: STEP");
  } else if (inputs.length > 0 && (inputs.length < least || inputs.length > most)) {
    from.error(`Cannot let step "${id}" read ${inputs.length} relations: ${node.role} "${node.type}" reads ${range(least, most)}`);
  }
}

function range(least: number, most: number): string {
  if (least === most) return String(least);
  return Number.isFinite(most) ? `${least} to ${most}` : `at least ${least}`;
}

function checkInput({ step: id, port, field }: DraftInput, steps: ReadonlyMap<string, DraftStep>): void {
  const source = steps.get(id);
  if (source === undefined) {
    field.error(`Cannot read from "${id}": there is no such step`, offer(id, [...steps.keys()]));
    return;
  }
  if (source.node?.role === "load") field.error(`Cannot read from "${id}": it is a loader, which puts nothing out`);
  else if (isWhole(source)) checkPort(id, port, field, portsOf(source));
}

function portsOf({ node, settings }: WholeStep): readonly string[] | null {
  return (node.role === "transform" && node.ports?.(settings)) || null;
}

function checkPort(id: string, port: string | null, field: Field, ports: readonly string[] | null): void {
  if (ports === null) {
    if (port !== null) field.error(`Cannot read from "${id}.${port}": "${id}" has one output without a name`, `from: ${id}`);
    return;
  }
  if (port !== null && ports.includes(port)) return;
  const hint = `Outputs: ${ports.map((each) => `${id}.${each}`).join(", ")}`;
  if (port === null) field.error(`Cannot read from "${id}": it has several outputs`, hint);
  else field.error(`Cannot read from "${id}.${port}": there is no such output`, hint);
}

function checkAliases(inputs: readonly DraftInput[]): void {
  const taken = new Set<string>();
  for (const { alias, step, port, field } of inputs) {
    if (taken.has(alias)) {
      const source = port === null ? step : `${step}.${port}`;
      field.error(`Cannot read two relations as "${alias}": one name would mean both`, `Name them: from: { first: …, second: ${source} }`);
    }
    taken.add(alias);
  }
}
