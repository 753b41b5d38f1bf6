import type { Catalogue, Lazy } from "../core/catalogue.js";
import type { Node, Role } from "../core/node.js";

export const ROLES = ["extract", "transform", "load"] as const satisfies readonly Role[];

/** The node types of a role, by name. */
export function nodesOf(catalogue: Catalogue, role: Role): Readonly<Record<string, Lazy<Node>>> {
  return { extract: catalogue.extractors, transform: catalogue.transformers, load: catalogue.loaders }[role];
}

/** `fetchData` and `fetch_data` are one name. */
export function toSnakeCase(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

export function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
