import type { z } from "zod";
import { KpiError } from "../core/errors.js";
import type { FillSettings, SecretSource } from "../core/secret-source.js";
import type { Field } from "./field.js";
import type { LatePart, LateReference } from "./reference.js";
import { pairsIn, secretsIn } from "./secrets-in.js";
import { nameOf, wording } from "./wording.js";

/** What gives settings whose references are looked up when they are needed; undefined where there are none. The result is checked as if it had stood in the file. */
export function lateSettings(schema: z.ZodObject, field: Field, noun: string, without: readonly string[]): FillSettings | undefined {
  const late = lateFields(field);
  if (late.length === 0) return undefined;
  for (const { reference, fallback } of late.flatMap(referencesOf)) field.findings.lateReference(reference, fallback !== null);
  return async (secrets) => {
    const entries = Object.entries(Object(await fillIn(field, secrets))).filter(([key]) => !without.includes(key));
    const filled = Object.fromEntries(entries);
    for (const pair of pairsIn(filled)) secrets.keep(pair);
    const { success, data, error } = schema.safeParse(filled, { error: wording });
    if (success) return data;
    const [issue] = error.issues;
    const path = issue?.path ?? [];
    throw new KpiError("CONFIG_INVALID", `Cannot use what was filled in as ${nameOf(path)} in ${noun}: ${issue?.message}`, {
      place: field.reach(path).place,
    });
  };
}

/** Says of every reference that would be looked up late that it cannot stand here. */
export function refuseLate(field: Field | null): void {
  if (field === null) return;
  for (const each of lateFields(field))
    for (const { token } of referencesOf(each))
      each.error(
        `Cannot use "${token}" here: secrets of Prefect are filled into settings of connections and of the state store`,
        `Use \${NAME} or \${file:path}, or let the step use a connection`,
      );
}

function lateFields(field: Field): Field[] {
  return field.located.late !== null ? [field] : field.children.flatMap(lateFields);
}

function referencesOf({ located }: Field): LateReference[] {
  return (located.late ?? []).filter((part): part is LateReference => typeof part !== "string");
}

async function fillIn(field: Field, secrets: SecretSource): Promise<unknown> {
  const { late } = field.located;
  if (late !== null) {
    const texts = await Promise.all(late.map((part) => lookUp(part, field, secrets)));
    return texts.join("");
  }
  if (Array.isArray(field.value)) return Promise.all(field.children.map((child) => fillIn(child, secrets)));
  if (field.located.children === null) return field.value;
  return Object.fromEntries(await Promise.all(field.entries.map(async ([key, child]) => [key, await fillIn(child, secrets)] as const)));
}

async function lookUp(part: LatePart, field: Field, secrets: SecretSource): Promise<string> {
  if (typeof part === "string") return part;
  const { token, reference, fallback } = part;
  const found = await secrets.read(reference, fallback !== null);
  for (const secret of secretsIn(found ?? "")) secrets.keep(secret);
  if (found !== null && (found !== "" || fallback === null)) return found;
  if (fallback !== null) return fallback;
  throw new KpiError("CONFIG_INVALID", `Cannot fill in "${token}": Prefect has no block of that name`, {
    place: field.place,
    hint: `Make the block in Prefect, or give a default: \${${reference}:-…}`,
  });
}
