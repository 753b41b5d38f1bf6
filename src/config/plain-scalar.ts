/** The number or boolean that a text spells as YAML would read it without quotes; null when it spells none. */
export function plainScalar(value: unknown): number | boolean | null {
  if (typeof value !== "string") return null;
  if (/^(true|True|TRUE)$/.test(value)) return true;
  if (/^(false|False|FALSE)$/.test(value)) return false;
  return /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(value) ? Number(value) : null;
}
