import type { ColumnType } from "../../core/relation.js";
import { quoteIdentifier } from "../../core/sql.js";
import { commonType, typeConflict, widen } from "../columns/type-conflict.js";
import type { FieldType, PointQuery } from "../point-query.js";
import type { Points } from "../points.js";
import type { ReadTarget } from "../read-target.js";
import type { SourceSchema } from "../source-schema.js";
import { nameColumns } from "./name-columns.js";

/** A relation as SQL over the tables that were filled, and the columns whose values are counted. */
export interface Relation {
  readonly sql: string;
  readonly counted: readonly string[];
}

/** The type of a field's column: as declared, else as the source knows it, else DOUBLE. Throws `SOURCE_TYPE_CONFLICT`. */
export function fieldType(query: PointQuery, schema: SourceSchema, field: string): FieldType {
  const declared = query.types.get(field);
  if (declared !== undefined) return declared;
  const [first, ...others] = schema.fields.get(field) ?? [];
  if (first === undefined) return "DOUBLE";
  return others.reduce((have: ColumnType, met) => widen(field, have, met), first) as FieldType;
}

/** Which fields and tags of the source the relation has, in order. */
export function askedNames(
  query: PointQuery,
  schema: SourceSchema,
): { readonly fields: readonly string[]; readonly tags: readonly string[] } {
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
  const names = nameColumns(tags, fields, (name, column) =>
    warn("NAME_CLASH", `"${name}" is in column "${column}": its own name is taken`),
  );
  const cells = new Cells(points);
  const columns = [
    ...[...names.tags].map(([tag, column]) => `${cells.tag(tag)} AS ${quoteIdentifier(column)}`),
    ...[...names.fields].map(
      ([field, column]) => `${cells.field(field, fieldType(query, points.schema, field))} AS ${quoteIdentifier(column)}`,
    ),
  ];
  const counted = [...names.fields.values()];
  if (points.segments.length === 0) return { sql: `SELECT ${[...NO_TIMES, ...columns].join(", ")} WHERE false`, counted };
  return { sql: `SELECT ${["time", "time_ns", ...columns].join(", ")} FROM ${cells.source()}`, counted };
}

/** The first columns of a relation without rows. */
export const NO_TIMES = ["NULL::TIMESTAMPTZ AS time", "NULL::BIGINT AS time_ns"];

function warnUnknown(query: PointQuery, schema: SourceSchema, warn: ReadTarget["warn"]): void {
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

/** The SQL of single cells, and of the tables they come from. */
class Cells {
  readonly #points: Points;
  /** By slot: the types its column has in the tables. */
  readonly #types = new Map<number, Set<ColumnType>>();

  constructor(points: Points) {
    this.#points = points;
    for (const { columns } of points.segments) {
      for (const { slot, type } of columns) this.#types.set(slot, (this.#types.get(slot) ?? new Set()).add(type));
    }
  }

  tag(name: string): string {
    return this.#column("tag", name) ?? "NULL::VARCHAR";
  }

  field(name: string, type: FieldType): string {
    const slot = this.#slot("field", name);
    for (const met of this.#types.get(slot) ?? []) if (commonType(type, met) !== type) throw typeConflict(name, type, met);
    const column = this.#column("field", name);
    return column === null ? `NULL::${type}` : `${this.#points.scattered ? `arg_max(${column}, place)` : column}::${type}`;
  }

  source(): string {
    const { segments, scattered } = this.#points;
    if (!scattered)
      return segments.length === 1
        ? `${segments[0]?.table}`
        : `(${segments.map(({ table }) => `FROM ${table}`).join(" UNION ALL BY NAME ")})`;
    const parts = segments.map(({ table }, index) => `SELECT ${index} * 1099511627776 + rowid AS place, * FROM ${table}`);
    return `(${parts.join(" UNION ALL BY NAME ")}) GROUP BY ${["time", "time_ns", ...this.#tagColumns()].join(", ")}`;
  }

  /** All of them, also those that are not asked for: together with the time they are what makes a point. */
  #tagColumns(): string[] {
    return this.#points.slots.flatMap(({ role }, slot) => (role === "tag" && this.#types.has(slot) ? [`c${slot}`] : []));
  }

  #column(role: "tag" | "field", name: string): string | null {
    const slot = this.#slot(role, name);
    return this.#types.has(slot) ? `c${slot}` : null;
  }

  #slot(role: "tag" | "field", name: string): number {
    return this.#points.slots.findIndex((slot) => slot.role === role && slot.name === name);
  }
}
