import type { NodeDescription } from "../app.js";
import type { Screen } from "../command.js";
import { formatTable } from "../text/table.js";

/** What a JSON Schema says of one setting, as far as it is shown. */
interface Setting {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Setting;
  readonly anyOf?: readonly Setting[];
}

interface Settings {
  readonly properties?: Readonly<Record<string, Setting>>;
  readonly required?: readonly string[];
}

/** Every node type in a line: its role, name and summary. */
export function formatNodes(nodes: readonly NodeDescription[], width: number): string {
  const rows = nodes.map(({ role, type, summary }) => [role, type, summary]);
  return formatTable([{ head: "role" }, { head: "type" }, { head: "summary" }], rows, width);
}

/** One node type: its facts, its settings as a table, its examples. */
export function formatNode(node: NodeDescription, { paint, width }: Screen): string {
  const facts = [
    `version ${node.version}`,
    node.connection && `connection: ${node.connection}`,
    node.effect === "external" && "acts on the world",
  ];
  const examples = node.examples.map((example) => `  ${JSON.stringify(example)}\n`).join("");
  return `${paint.bold(node.type)} (${node.role}): ${node.summary}\n${paint.dim(facts.filter(Boolean).join(", "))}\n\n${formatSettings(node.settings as Settings, width)}\nExamples:\n${examples}`;
}

function formatSettings({ properties = {}, required = [] }: Settings, width: number): string {
  const rows = Object.entries(properties).map(([name, setting]) => {
    const fallback = setting.default === undefined ? "" : JSON.stringify(setting.default);
    // What has a default need not be written, though the parsed settings always hold it.
    return [name, typeOf(setting), fallback === "" && required.includes(name) ? "required" : fallback, setting.description ?? ""];
  });
  return formatTable([{ head: "setting" }, { head: "type" }, { head: "default" }, { head: "meaning" }], rows, width);
}

function typeOf({ type, const: only, enum: values, items, anyOf }: Setting): string {
  if (only !== undefined) return JSON.stringify(only);
  if (values !== undefined) return values.map((value) => String(value)).join(" | ");
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(" | ");
  return type === "array" ? `list of ${typeOf(items ?? {})}` : (type ?? "any");
}
