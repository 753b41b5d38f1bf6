import type { Catalogue } from "../core/catalogue.js";
import type { Node, Role } from "../core/node.js";
import type { Field } from "./field.js";
import { nodesOf, ROLES, toSnakeCase } from "./node-table.js";
import { offer } from "./offer.js";
import { describe } from "./wording.js";

/** Loads the node that a step names with `extract`, `transform` or `load`; null after an error. */
export async function readNode(step: Field, catalogue: Catalogue): Promise<Node | null> {
  const [role, ...more] = ROLES.filter((each) => step.get(each) !== null);
  const named = role === undefined ? null : step.get(role);
  if (role === undefined || named === null || more.length > 0) {
    const state = more.length > 0 ? `it has ${[role, ...more].join(" and ")}` : "it has none of extract, transform and load";
    step.keyError(
      `Cannot tell what step "${step.path.at(-1)?.toString()}" does: ${state}`,
      "A step names one node, such as extract: influxdb",
    );
    return null;
  }
  if (named.located.broken) return null;
  if (typeof named.value !== "string") return named.error(`Cannot use ${describe(named.value)} as "${role}": must be a node type`);
  const type = toSnakeCase(named.value);
  const nodes = nodesOf(catalogue, role);
  const load = Object.hasOwn(nodes, type) ? nodes[type] : undefined;
  if (load !== undefined) return (await load()).default;
  named.error(`Unknown node type "${named.value}" after ${role}`, elsewhere(type, role, catalogue) ?? offer(type, Object.keys(nodes)));
  return null;
}

function elsewhere(type: string, role: Role, catalogue: Catalogue): string | null {
  const other = ROLES.find((each) => each !== role && Object.hasOwn(nodesOf(catalogue, each), type));
  return other === undefined ? null : `Did you mean "${other}: ${type}"?`;
}
