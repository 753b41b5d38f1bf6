import type { z } from "zod";
import { type Field, isMap, type Path } from "./field.js";
import { offer } from "./nearest.js";
import { plainScalar } from "./plain-scalar.js";
import { keysOf, schemasAt, secretPaths } from "./schema-walk.js";
import { describe, wording } from "./wording.js";

interface ParseOptions {
  /** What is being read, for messages: `step "co"`. */
  readonly noun: string;
  /** Keys that are somebody else's. */
  readonly without?: readonly string[];
}

/** Words of the design that are still to come: a reader should not look for the typing error. */
const NOT_BUILT = new Set(["late", "lookback", "checks", "notify", "retries", "prove", "lock_wait", "window_column"]);

/**
 * Checks a map against a schema. What it finds wrong goes to the findings, each at its place; what the schema marks as secret too.
 * Text that came from a variable counts as the number or boolean it spells where the schema wants one.
 */
export function parseSettings<Schema extends z.ZodObject>(schema: Schema, field: Field, options: ParseOptions): z.output<Schema> | null {
  if (field.located.broken) return null;
  if (!isMap(field.value)) return field.error(`Cannot use ${describe(field.value)} as ${options.noun}: must be a map`);
  const settings = omitKeys(field.value, options.without ?? []);
  keepSecrets(schema, field, settings);
  const result = parse(schema, field, settings);
  if (result.success) return result.data;
  for (const issue of result.error.issues.flatMap(likeliest)) report(issue, schema, field, options);
  return null;
}

function parse<Schema extends z.ZodObject>(schema: Schema, field: Field, settings: Readonly<Record<string, unknown>>) {
  const first = schema.safeParse(settings, { error: wording });
  if (first.success) return first;
  const copy = structuredClone(settings);
  const changes = first.error.issues.map(({ path }) => spellOut(copy, field.reach(path), path));
  return changes.some(Boolean) ? schema.safeParse(copy, { error: wording }) : first;
}

/** Puts the number or boolean that a variable's text spells in its place; false when it spells none. */
function spellOut(settings: object, { located }: Field, path: Path): boolean {
  const plain = located.references.length > 0 ? plainScalar(located.value) : null;
  const last = path.at(-1);
  if (plain === null || last === undefined) return false;
  const holder = path.slice(0, -1).reduce<unknown>((value, key) => Reflect.get(value as object, key), settings);
  return Reflect.set(holder as object, last, plain);
}

/** Of a union's complaints those of the form that fits best, which is where reading came furthest. */
function likeliest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map(({ path }) => path.length));
  const [best = []] = [...issue.errors].sort((a, b) => depth(b) - depth(a));
  if (depth(best) === 0) return [{ ...issue, code: "custom", message: alternatives(issue) }];
  return best.flatMap((inner) => likeliest({ ...inner, path: [...issue.path, ...inner.path] }));
}

function alternatives({ errors, message }: z.core.$ZodIssueInvalidUnion): string {
  const messages = [...new Set(errors.flat().map((inner) => (inner.code === "invalid_union" ? alternatives(inner) : inner.message)))];
  return messages.length === 0 ? message : messages.join(", or ");
}

function report(issue: z.core.$ZodIssue, schema: z.ZodObject, field: Field, { noun, without = [] }: ParseOptions): void {
  const at = field.reach(issue.path);
  if (at.located.broken) return;
  if (issue.code === "unrecognized_keys") {
    const known = [...schemasAt(schema, issue.path).flatMap(keysOf), ...(issue.path.length === 0 ? without : [])];
    for (const key of issue.keys) {
      const hint = NOT_BUILT.has(key) ? `"${key}" is not built yet` : offer(key, known);
      at.get(key)?.keyError(`Unknown key "${key}" in ${issue.path.length === 0 ? noun : name(issue.path)}`, hint);
    }
    return;
  }
  const given = valueAt(field.value, issue.path);
  if (issue.path.length === 0) at.keyError(`Cannot use ${noun}: ${issue.message}`);
  else if (given === undefined) at.keyError(`Cannot do without ${name(issue.path)} in ${noun}: ${issue.message}`);
  else at.error(`Cannot use ${show(given, schema, issue.path)} as ${name(issue.path)}: ${issue.message}`, quoteHint(issue, at));
}

function show(value: unknown, schema: z.ZodObject, path: Path): string {
  const secret = path.some((_, end) => schemasAt(schema, path.slice(0, end + 1)).some((inner) => secretPaths(inner, value).length > 0));
  return secret ? "a secret" : describe(value);
}

/** YAML reads 012 and true as no text; who meant text needs to be told how. */
function quoteHint(issue: z.core.$ZodIssue, { located }: Field): string | null {
  const scalar = typeof located.value === "number" || typeof located.value === "boolean";
  if (issue.code !== "invalid_type" || issue.expected !== "string" || !scalar) return null;
  return `Quotes make it text: "${located.written ?? located.value}"`;
}

function keepSecrets(schema: z.ZodObject, field: Field, settings: Readonly<Record<string, unknown>>): void {
  for (const path of secretPaths(schema, settings)) {
    for (const at of scalars(field.reach(path))) keepSecret(at);
  }
}

function keepSecret(at: Field): void {
  const text = at.value === null ? "" : String(at.value);
  const { references, broken } = at.located;
  if (broken || text === "") return;
  at.findings.secret(text);
  for (const { value } of references) at.findings.secret(value);
  if (references.some(({ literal, value }) => !literal || value === "")) return;
  at.warn(
    `A secret is written into the file as ${name(at.path.slice(-1))}`,
    `Keep it in .env or the environment, and refer to it: \${NAME}`,
  );
}

function scalars(field: Field): Field[] {
  return field.located.children === null ? [field] : field.children.flatMap(scalars);
}

function name(path: Path): string {
  const [first = "", ...rest] = path;
  return `"${String(first)}${rest.map((key) => (/^\d+$/.test(String(key)) ? `[${String(key)}]` : `.${String(key)}`)).join("")}"`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined), value);
}

function omitKeys(map: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
}
