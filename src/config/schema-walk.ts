import { z } from "zod";
import type { Path } from "./field.js";

/** The schemas that a key leads to: none for a key that is not known, several where the schema is a union. */
export function schemasAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType[] {
  return path.reduce<z.core.$ZodType[]>((schemas, key) => schemas.flatMap((each) => below(each, key)), flatten(schema));
}

/** The keys that a map may have under the schema. */
export function keysOf(schema: z.core.$ZodType): string[] {
  return flatten(schema).flatMap((each) => (each instanceof z.core.$ZodObject ? Object.keys(each._zod.def.shape) : []));
}

/** The paths in a value of everything that the schema marks with `secret`. */
export function secretPaths(schema: z.core.$ZodType, value: unknown): Path[] {
  return walk(flatten(schema), value, []);
}

function walk(schemas: readonly z.core.$ZodType[], value: unknown, path: Path): Path[] {
  if (value === undefined || value === null) return [];
  if (schemas.some((schema) => z.globalRegistry.get(schema)?.secret === true)) return [path];
  if (typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    walk(
      schemas.flatMap((schema) => below(schema, key)),
      inner,
      [...path, key],
    ),
  );
}

/** What stands under a key of a container; every layer of it, since any may carry the mark. */
function below(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType[] {
  if (schema instanceof z.core.$ZodObject) {
    const { shape, catchall } = schema._zod.def;
    const inner = Object.hasOwn(shape, key) ? shape[String(key)] : catchall;
    return inner === undefined ? [] : flatten(inner);
  }
  if (schema instanceof z.core.$ZodRecord) return flatten(schema._zod.def.valueType);
  if (schema instanceof z.core.$ZodArray) return flatten(schema._zod.def.element);
  return [];
}

/** A schema, what it wraps, and what it may be. */
function flatten(schema: z.core.$ZodType): z.core.$ZodType[] {
  return [schema, ...wrapped(schema).flatMap(flatten)];
}

function wrapped(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const { def } = schema._zod;
  if ("innerType" in def) return [def.innerType as z.core.$ZodType];
  if (schema instanceof z.core.$ZodLazy) return [schema._zod.innerType];
  if (schema instanceof z.core.$ZodPipe) return [schema._zod.def.in, schema._zod.def.out];
  if (schema instanceof z.core.$ZodUnion) return schema._zod.def.options;
  if (schema instanceof z.core.$ZodIntersection) return [schema._zod.def.left, schema._zod.def.right];
  return [];
}
