import type { z } from "zod";
import type { Field, Path } from "./field.js";
import { wording } from "./wording.js";

// zod otherwise writes and compiles code for every schema: more than that saves a process which parses with each but once
const OPTIONS = { error: wording, jitless: true };

const WRONG_TYPE: ReadonlySet<string | undefined> = new Set(["invalid_type", "invalid_value", "invalid_union"]);

/** Parses settings; text of variables that is of a wrong type is tried as the number or boolean it spells. */
export function parseSpelledOut<Schema extends z.ZodObject>(schema: Schema, settings: Readonly<Record<string, unknown>>, field: Field) {
  const asText = schema.safeParse(settings, OPTIONS);
  if (asText.success) return asText;
  const spelled = structuredClone(settings);
  for (const { code, path } of asText.error.issues) if (WRONG_TYPE.has(code)) spellOut(spelled, path, field);
  return schema.safeParse(spelled, OPTIONS);
}

function spellOut(settings: object, path: Path, field: Field): void {
  const { value, located } = field.reach(path);
  const plain = located.references.length > 0 ? plainScalar(value) : null;
  const last = path.at(-1);
  const holder = path.slice(0, -1).reduce<unknown>((inner, key) => Reflect.get(Object(inner), key), settings);
  if (plain !== null && last !== undefined) Reflect.set(Object(holder), last, plain);
}

/** The number or boolean that a text spells as YAML would read it without quotes; null when it spells none. */
function plainScalar(value: unknown): number | boolean | null {
  if (typeof value !== "string") return null;
  if (/^(true|True|TRUE)$/.test(value)) return true;
  if (/^(false|False|FALSE)$/.test(value)) return false;
  return /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(value) ? Number(value) : null;
}
