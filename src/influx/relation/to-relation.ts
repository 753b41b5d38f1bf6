import type { ColumnType } from "../../core/relation.js";
import { quoteIdentifier } from "../../core/sql.js";
import { widen } from "../columns/type-conflict.js";
import type { FieldType, PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import type { SourceSchema } from "../source-schema.js";
import { Cells } from "./cells.js";
import { nameColumns } from "./name-columns.js";

/** A relation as SQL over the tables that were filled, and the columns whose values are counted. */
export interface Relation {
  readonly sql: string;
  readonly counted: readonly string[];
  /** Whether the rows are taken as they lie there, so that it costs little to take them again. */
  readonly light?: boolean;
}

/** The type of a field's column: as declared, else as the source knows it, else DOUBLE. Throws `SOURCE_TYPE_CONFLICT`. */
export function fieldType(query: PointQuery, schema: SourceSchema, field: string): FieldType {
  const declared = query.types.get(field);
  if (declared !== undefined) return declared;
  const [first, ...others] = schema.fields.get(field) ?? [];
  if (first === undefined) return "DOUBLE";
  return others.reduce((have: ColumnType, met) => widen(field, have, met), first) as FieldType;
}

/** Names of fields and tags as the source has them, in order. */
export interface AskedNames {
  readonly fields: readonly string[];
  readonly tags: readonly string[];
}

/** Which fields and tags of the source the relation has, in order. */
export function askedNames(query: PointQuery, schema: SourceSchema): AskedNames {
  return { fields: query.fields ?? [...schema.fields.keys()].sort(), tags: query.tags ?? [...schema.tags].sort() };
}

/**
 * Makes the relation of the points that were read: `time`, `time_ns`, the tags, the fields. Every field that is asked for is a column.
 *
 * Throws `SOURCE_TYPE_CONFLICT` where a field's values do not fit its column.
 */
export function toRelation(query: PointQuery, points: Points, warn: ReadTarget["warn"]): Relation {
  const { fields, tags } = askedNames(query, points.schema);
  warnUnknown(query, points.schema, warn);
  warnWidened(query, points.schema, fields, warn);
  const names = nameColumns(tags, fields, clashes(warn));
  const cells = new Cells(points);
  const columns = [
    ...[...names.tags].map(([tag, column]) => `${cells.tag(tag)} AS ${quoteIdentifier(column)}`),
    ...[...names.fields].map(
      ([field, column]) => `${cells.field(field, fieldType(query, points.schema, field))} AS ${quoteIdentifier(column)}`,
    ),
  ];
  return { sql: cells.select(columns), counted: [...names.fields.values()], light: !points.scattered };
}

/** The columns that hold the fields, in their order. */
export function fieldColumns({ fields, tags }: AskedNames): string[] {
  return [...nameColumns(tags, fields, () => undefined).fields.values()];
}

/** Tells of names that are not their columns' names. */
export function clashes(warn: ReadTarget["warn"]): (name: string, column: string) => void {
  return (name, column) => warn("NAME_CLASH", `"${name}" is in column "${column}": its own name is taken`);
}

/** Tells of fields that have had several types, where nobody has said that this is known. */
export function warnWidened(query: PointQuery, schema: SourceSchema, fields: readonly string[], warn: ReadTarget["warn"]): void {
  for (const field of fields) {
    const types = [...(schema.fields.get(field) ?? [])].sort();
    if (types.length < 2 || query.types.has(field)) continue;
    const type = fieldType(query, schema, field);
    warn("FIELD_WIDENED", `"${query.measurement}" has had field "${field}" as ${types.join(" and ")}: it is read as ${type}`);
  }
}

/** Tells of names that the source does not know. */
export function warnUnknown(query: PointQuery, schema: SourceSchema, warn: ReadTarget["warn"]): void {
  if (schema.fields.size === 0) {
    warn("UNKNOWN_MEASUREMENT", `"${query.bucket}" holds no measurement "${query.measurement}"`);
    return;
  }
  const list = (names: Iterable<string>) => [...names].sort().join(", ");
  for (const field of query.fields ?? []) {
    if (!schema.fields.has(field))
      warn("UNKNOWN_FIELD", `"${query.measurement}" has no field "${field}": it has ${list(schema.fields.keys())}`);
  }
  for (const tag of new Set([...(query.tags ?? []), ...query.where.keys()])) {
    if (!schema.tags.has(tag)) warn("UNKNOWN_TAG", `"${query.measurement}" has no tag "${tag}": it has ${list(schema.tags) || "none"}`);
  }
}
