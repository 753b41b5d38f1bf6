import type { z } from "zod";
import { type Field, isMap, type Path } from "./field.js";
import { keepSecrets } from "./keep-secrets.js";
import { likeliest } from "./likeliest.js";
import { offer } from "./offer.js";
import { parseSpelledOut } from "./parse-spelled-out.js";
import { keysOf, schemasAt, secretPaths } from "./schema-walk.js";
import { describe, nameOf } from "./wording.js";

interface ParseOptions {
  /** What is being read, for messages: `step "co"`. */
  readonly noun: string;
  /** Keys that are somebody else's. */
  readonly without?: readonly string[];
}

/** Words of the design that are still to come: a reader should not look for the typing error. */
const NOT_BUILT = new Set(["prove", "window_column"]);

/**
 * Checks a map against a schema. What it finds wrong goes to the findings, each at its place; what the schema marks as secret too.
 * Text that came from a variable counts as the number or boolean it spells where the schema wants one.
 */
export function parseSettings<Schema extends z.ZodObject>(schema: Schema, field: Field, options: ParseOptions): z.output<Schema> | null {
  const { noun, without = [] } = options;
  if (field.located.broken) return null;
  if (!isMap(field.value)) return field.error(`Cannot use ${describe(field.value)} as ${noun}: must be a map`);
  const settings = Object.fromEntries(Object.entries(field.value).filter(([key]) => !without.includes(key)));
  const secrets = secretPaths(schema, settings);
  for (const path of secrets) keepSecrets(field.reach(path), nameOf(path));
  const result = parseSpelledOut(schema, settings, field);
  if (result.success) return result.data;
  for (const issue of result.error.issues.flatMap(likeliest)) {
    const at = field.reach(issue.path);
    // what is looked up later is checked when it is known
    if (at.located.broken || at.located.late !== null) continue;
    if (issue.code === "unrecognized_keys") {
      const where = issue.path.length === 0 ? noun : nameOf(issue.path);
      const known = [...schemasAt(schema, issue.path).flatMap(keysOf), ...(issue.path.length === 0 ? without : [])];
      for (const key of issue.keys) reportUnknown(key, where, known, at);
    } else reportValue(issue, at, valueAt(settings, issue.path), noun, secrets);
  }
  return null;
}

function reportUnknown(key: string, where: string, known: readonly string[], at: Field): void {
  at.get(key)?.keyError(`Unknown key "${key}" in ${where}`, NOT_BUILT.has(key) ? `"${key}" is not built yet` : offer(key, known));
}

function reportValue({ path, message }: z.core.$ZodIssue, at: Field, value: unknown, noun: string, secrets: readonly Path[]): void {
  if (path.length === 0) at.keyError(`Cannot use ${noun}: ${message}`);
  else if (value === undefined) at.keyError(`Cannot do without ${nameOf(path)} in ${noun}: ${message}`);
  else {
    const isSecret = secrets.some((secret) => secret.every((key, index) => String(path[index]) === String(key)));
    const hint = message === "must be text" ? quoteHint(at) : null;
    at.error(`Cannot use ${isSecret ? "a secret" : describe(value)} as ${nameOf(path)}: ${message}`, isSecret ? null : hint);
  }
}

/** YAML reads 012 and true as no text; who meant text needs to be told how. */
function quoteHint({ value, located }: Field): string | null {
  if (typeof value !== "number" && typeof value !== "boolean") return null;
  return `Quotes make it text: "${located.written ?? value}"`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined), value);
}
