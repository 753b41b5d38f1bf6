// A JSON Schema of settings → a Markdown table: key, type, default, meaning.

/** @param {{ properties?: object, required?: string[] }} schema */
export function settingsTable({ properties = {}, required = [] }) {
  if (Object.keys(properties).length === 0) return "It has no settings.";
  const rows = Object.entries(properties).map(([key, schema]) => {
    const standard = required.includes(key) ? "**required**" : code(schema.default);
    return `| \`${key}\` | ${typeOf(schema)} | ${standard} | ${meaning(schema)} |`;
  });
  return ["| key | type | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

function meaning({ description = "", writeOnly }) {
  return `${description.replaceAll("|", "\\|")}${writeOnly ? " (a secret)" : ""}`;
}

function code(value) {
  if (value === undefined || (typeof value === "object" && Object.keys(value).length === 0)) return "";
  return value === "" ? "empty" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

const TYPES = { integer: "whole number", boolean: "true or false", string: "text", array: "list", object: "map" };

function typeOf(schema) {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  if (schema.pattern?.includes("ms|s|m|h|d|w") && !schema.pattern.includes("previous")) return "duration";
  if (schema.anyOf?.every(({ $ref }) => $ref !== undefined)) return "map";
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(" or ");
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  return TYPES[type] ?? type ?? "any";
}
