import type { DraftInput } from "./draft-step.js";
import { type Field, isMap } from "./field.js";
import { describe } from "./wording.js";

/** Reads `from: a`, `from: [a, b.port]` or `from: { left: a, right: b }`. */
export function readInputs(from: Field | null): DraftInput[] {
  if (from === null) return [];
  const { value, located } = from;
  if (located.broken) return [];
  if (typeof value === "string") return readInput(null, from);
  const aliased = isMap(value);
  if (!aliased && !Array.isArray(value)) return refuse(from);
  if (located.children?.size === 0) from.error('Cannot read from nothing: "from" is empty');
  return from.children.flatMap((item) =>
    typeof item.value === "string" ? readInput(aliased ? String(item.path.at(-1)) : null, item) : refuse(item),
  );
}

const ALIAS = /^[a-z][a-z0-9_]*$/;

function readInput(alias: string | null, field: Field): DraftInput[] {
  if (field.located.broken) return [];
  const [step = "", ...port] = String(field.value).split(".");
  if (alias !== null && !ALIAS.test(alias)) {
    field.keyError(`Cannot call an input "${alias}": lower-case letters, digits and _ make a name`);
    return [];
  }
  return [{ alias: alias ?? step, step, port: port.length === 0 ? null : port.join("."), field }];
}

function refuse(field: Field): DraftInput[] {
  if (!field.located.broken)
    field.error(
      `Cannot read from ${describe(field.value)}: must name a step`,
      "Forms: from: a, from: [a, b], from: { left: a, right: b }, from: a.port",
    );
  return [];
}
