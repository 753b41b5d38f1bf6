import type { Catalogue } from "../core/catalogue.js";
import type { DraftStep } from "./draft-step.js";
import { type Field, isMap, type Path } from "./field.js";
import { parseSettings } from "./parse-settings.js";
import { readChecks } from "./read-checks.js";
import { readInputs } from "./read-inputs.js";
import { readNode } from "./read-node.js";
import { PATIENCE_KEYS, readPatience } from "./read-patience.js";
import { RESERVED_WORDS } from "./reserved-words.js";
import { secretPaths } from "./schema-walk.js";
import { describe } from "./wording.js";

/** Keys that are not the node's own. */
const OTHERS = ["from", "connection", "checks", ...PATIENCE_KEYS];

/** Reads one step by itself. */
export async function readStep(id: string, field: Field, catalogue: Catalogue): Promise<DraftStep> {
  checkId(id, field);
  const inputs = readInputs(field.get("from"));
  const step = { id, field, connection: field.get("connection"), inputs, checks: readChecks(id, field.get("checks")) };
  const node = isStep(id, field) ? await readNode(field, catalogue) : null;
  if (node === null) return { ...step, node, settings: null, secrets: [] };
  const settings = parseSettings(node.config, field, { noun: `step "${id}"`, without: [node.role, ...OTHERS] });
  return {
    ...step,
    node,
    patience: readPatience(id, field),
    settings,
    secrets: [...secretPaths(node.config, settings), ...fromSecretVariables(field, [])],
  };
}

function isStep(id: string, field: Field): boolean {
  if (isMap(field.value)) return true;
  if (!field.located.broken) field.error(`Cannot use ${describe(field.value)} as step "${id}": must be a map`);
  return false;
}

function checkId(id: string, field: Field): void {
  if (!/^[a-z][a-z0-9_]*$/.test(id))
    field.keyError(
      `Cannot call a step "${id}": SQL could not name it without quotes`,
      "Use lower-case letters, digits and _, a letter first",
    );
  else if (RESERVED_WORDS.has(id))
    field.keyError(`Cannot call a step "${id}": it is a keyword of SQL`, `Take another word, such as ${id}_1`);
}

/** Where values stand that were filled from variables with a secret's name, whatever the schema says of them. */
function fromSecretVariables(field: Field, path: Path): Path[] {
  if (field.located.references.some(({ secret }) => secret)) return [path];
  return field.children.flatMap((child) => fromSecretVariables(child, [...path, child.path.at(-1) ?? ""]));
}
