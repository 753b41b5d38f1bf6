import type { Node } from "../core/node.js";
import type { Patience } from "../core/pipeline.js";
import type { Field } from "./field.js";
import { parseSettings } from "./parse-settings.js";
import { patienceSettings } from "./patience-settings.js";

export const PATIENCE_KEYS: readonly string[] = Object.keys(patienceSettings.shape);

/** Reads how a step is tried; undefined where it does not say, or after an error. */
export function readPatience(id: string, field: Field, node: Node): Patience | undefined {
  const others = field.entries.map(([key]) => key).filter((key) => !PATIENCE_KEYS.includes(key));
  if (PATIENCE_KEYS.every((key) => field.get(key) === null)) return undefined;
  const settings = parseSettings(patienceSettings, field, { noun: `step "${id}"`, without: others });
  if (settings === null) return undefined;
  if (!isTriedAgain(node)) {
    for (const key of ["retries", "backoff"]) {
      field
        .get(key)
        ?.error(
          `Cannot use "${key}" on step "${id}": it publishes in the transaction of its windows`,
          "A window that failed is tried again by later runs",
        );
    }
  }
  return { ...settings, timeout: settings.timeout ?? null };
}

/** What publishes inside a transaction cannot start over without it. */
export function isTriedAgain(node: Node): boolean {
  return node.role !== "load" || node.commit !== "inside";
}
