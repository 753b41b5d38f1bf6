import type { Field } from "./field.js";

/** Makes the texts of a secret setting known as secrets, and warns of those that stand in the file itself. */
export function keepSecrets(field: Field, label: string): void {
  for (const child of field.children) keepSecrets(child, label);
  const { children, references, late, broken } = field.located;
  const text = String(field.value ?? "");
  if (children !== null || late !== null || broken || text === "") return;
  for (const secret of [text, ...references.map(({ value }) => value)]) field.findings.secret(secret);
  const stands = references.every(({ literal, value }) => literal && value !== "");
  if (stands) field.warn(`A secret is written into the file as ${label}`, `Keep it in .env or the environment, and refer to it: \${NAME}`);
}
