import type { Catalogue } from "../core/catalogue.js";
import type { Node } from "../core/node.js";
import { checkSettings } from "./check-settings.js";
import { byName, type JsonSchema, reference, toJsonSchema, withKeys } from "./json-schema.js";
import { nodesOf, ROLES } from "./node-table.js";
import { patienceSettings } from "./patience-settings.js";

/** A schema for each node, named `extract.influxdb`, and `step`: any of them. */
export async function stepSchemas(catalogue: Catalogue): Promise<Record<string, JsonSchema>> {
  const loads = ROLES.flatMap((role) => Object.values(nodesOf(catalogue, role)));
  const nodes = await Promise.all(loads.map(async (load) => (await load()).default));
  const schemas = nodes.map((node) => [`${node.role}.${node.type}`, stepSchema(node)] as const);
  const step = { anyOf: schemas.map(([name]) => reference(name)) };
  return { step, ...Object.fromEntries(schemas), inputs: INPUTS, check: toJsonSchema(checkSettings) };
}

function stepSchema(node: Node): JsonSchema {
  const connection = { description: `A connection of type ${node.connection}`, type: "string" };
  const keys = {
    [node.role]: byName(node.type, node.summary),
    ...(node.role !== "extract" && { from: reference("inputs") }),
    ...(node.connection !== undefined && { connection }),
    checks: CHECKS,
    ...toJsonSchema(patienceSettings).properties,
  };
  return withKeys(toJsonSchema(node.config), keys, requiredOf(node));
}

function requiredOf(node: Node): string[] {
  const reads = node.role === "load" || (node.role === "transform" && (node.inputs?.least ?? 1) > 0);
  return [node.role, ...(reads ? ["from"] : []), ...(node.connection === undefined ? [] : ["connection"])];
}

const CHECKS: JsonSchema = {
  description: "What its rows must be like, window by window; a loader's are those of its input",
  type: "array",
  items: reference("check"),
};

const RELATION = { type: "string", description: "A step, or `step.port` for one of several outputs" };

const INPUTS: JsonSchema = {
  description: "The steps it reads from: `a`, `[a, b]`, or `{ left: a, right: b }` to give them names in SQL",
  anyOf: [
    RELATION,
    { type: "array", items: RELATION, minItems: 1 },
    { type: "object", propertyNames: { pattern: "^[a-z][a-z0-9_]*$" }, additionalProperties: RELATION, minProperties: 1 },
  ],
};
