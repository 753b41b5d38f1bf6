import type { Patience } from "../core/pipeline.js";
import type { Field } from "./field.js";
import { parseSettings } from "./parse-settings.js";
import { patienceSettings } from "./patience-settings.js";

export const PATIENCE_KEYS: readonly string[] = Object.keys(patienceSettings.shape);

/** Reads how a step is tried; undefined where it does not say, or after an error. */
export function readPatience(id: string, field: Field): Patience | undefined {
  const others = field.entries.map(([key]) => key).filter((key) => !PATIENCE_KEYS.includes(key));
  if (PATIENCE_KEYS.every((key) => field.get(key) === null)) return undefined;
  const settings = parseSettings(patienceSettings, field, { noun: `step "${id}"`, without: others });
  if (settings === null) return undefined;
  return { ...settings, timeout: settings.timeout ?? null };
}
