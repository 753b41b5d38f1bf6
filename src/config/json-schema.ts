import { z } from "zod";
import { toCamelCase } from "./node-table.js";

/** As much of JSON Schema as is built and read here. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** What a person may write, as JSON Schema. */
export function toJsonSchema(schema: z.ZodObject): JsonSchema {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      allowVariable(jsonSchema);
      leaveOut(jsonSchema);
      if (jsonSchema.secret === true) jsonSchema.writeOnly = true;
      delete jsonSchema.secret;
    },
  });
  return plain as JsonSchema;
}

const VARIABLE = "\\$\\{";

/** `${NAME}` is text where a number or boolean is wanted, and fits no pattern. */
function allowVariable(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.const !== undefined || schema.enum !== undefined) return;
  if (schema.type === "number" || schema.type === "integer" || schema.type === "boolean")
    Object.assign(schema, { type: [schema.type, "string"], pattern: VARIABLE });
  else if (schema.type === "string" && schema.pattern?.endsWith(VARIABLE) === false) schema.pattern += `|${VARIABLE}`;
}

/** What no editor makes use of. */
function leaveOut(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (typeof schema.propertyNames === "object" && Object.keys(schema.propertyNames).join() === "type") delete schema.propertyNames;
}

/** The same map with more keys: new ones come first, others replace what was there. */
export function withKeys(schema: JsonSchema, keys: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema {
  const { properties = {}, required: earlier = [], ...rest } = schema;
  const fresh = Object.fromEntries(Object.entries(keys).filter(([key]) => !Object.hasOwn(properties, key)));
  const all = [...new Set([...required, ...earlier])];
  return { ...rest, properties: { ...fresh, ...properties, ...keys }, ...(all.length > 0 && { required: all }) };
}

/** Exactly the name of a type, in either spelling. */
export function byName(type: string, description: string): JsonSchema {
  const names = [...new Set([type, toCamelCase(type)])];
  return names.length === 1 ? { description, const: type } : { description, enum: names };
}

/** A schema that stands under `definitions`. */
export function reference(name: string): JsonSchema {
  return { $ref: `#/definitions/${name}` };
}
