import type { ColumnType } from "../../core/relation.js";
import type { Segment } from "../columns/point-writer.js";
import { commonType, typeConflict } from "../columns/type-conflict.js";
import type { FieldType } from "../point-query.js";
import type { Points } from "../points.js";

/** The rows of a segment, as what stands behind FROM. */
export function rowsOf({ table, beside = [] }: Segment): string {
  return [`${table} AS points`, ...beside].join(" POSITIONAL JOIN ");
}

/** The SQL of single cells, and of the tables they come from. */
export class Cells {
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

  /** Throws `SOURCE_TYPE_CONFLICT` where the field's values do not fit the type. */
  field(name: string, type: FieldType): string {
    const slot = this.#slot("field", name);
    for (const met of this.#types.get(slot) ?? []) if (commonType(type, met) !== type) throw typeConflict(name, type, met);
    const column = this.#column("field", name);
    return column === null ? `NULL::${type}` : `${this.#points.scattered ? `arg_max(${column}, place)` : column}::${type}`;
  }

  /** What selects columns of all rows, `time` and `time_ns` first. */
  select(columns: readonly string[]): string {
    if (this.#points.segments.length === 0) return `SELECT ${[...NO_TIMES, ...columns].join(", ")} WHERE false`;
    return `SELECT ${["time", "time_ns", ...columns].join(", ")} FROM ${this.#source()}`;
  }

  #source(): string {
    const { segments, scattered } = this.#points;
    if (!scattered)
      return segments.length === 1
        ? segments.map(rowsOf).join("")
        : `(${segments.map((segment) => `FROM ${rowsOf(segment)}`).join(" UNION ALL BY NAME ")})`;
    const parts = segments.map((segment, index) => `SELECT ${index} * 1099511627776 + points.rowid AS place, * FROM ${rowsOf(segment)}`);
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

/** The first columns of a relation without rows. */
export const NO_TIMES = ["NULL::TIMESTAMPTZ AS time", "NULL::BIGINT AS time_ns"];
