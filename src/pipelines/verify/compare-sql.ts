import type { SqlRow, SqlValue } from "../../core/database.js";
import type { Difference } from "../../core/verification.js";
import { type ColumnPair, cellOf, isNumeric, type Side } from "./column-pairs.js";

/** Two tables side by side: their quoted names, and conditions on their rows. */
export interface Comparison {
  readonly key: readonly ColumnPair[];
  readonly columns: readonly ColumnPair[];
  /** By which part of the larger one numbers of a column may differ. */
  tolerance(pair: ColumnPair): number;
  readonly tables: Readonly<Record<Side, { readonly name: string; readonly where: string }>>;
}

/** What a row of `joinedSql` is. */
export type Kind = "same" | "different" | "only_ours" | "only_theirs";

/** The rows of one table: the key and then what is compared, as `c0`, `c1`, … */
export function sideSql({ key, columns, tables }: Comparison, side: Side): string {
  const cells = [...key, ...columns].map((pair, index) => `${cellOf(pair, side)} AS c${index}`);
  return `SELECT true AS found, ${cells.join(", ")} FROM ${tables[side].name} ${tables[side].where}`;
}

/** Every row of either, by key: its kind, the cells of ours (`a0`, …) and theirs (`b0`, …), and which columns differ (`d0`, …). */
export function joinedSql(comparison: Comparison): string {
  const { key, columns, tolerance } = comparison;
  const same = columns.map((pair, index) => isSame(pair, key.length + index, tolerance(pair)));
  const kind = `CASE WHEN b.found IS NULL THEN 'only_ours' WHEN a.found IS NULL THEN 'only_theirs' WHEN ${same.join(" AND ") || "true"} THEN 'same' ELSE 'different' END AS kind`;
  const cells = [...key, ...columns].flatMap((_, index) => [`a.c${index} AS a${index}`, `b.c${index} AS b${index}`]);
  const differing = same.map((condition, index) => `NOT (${condition}) AS d${index}`);
  const on = key.map((_, index) => `a.c${index} IS NOT DISTINCT FROM b.c${index}`).join(" AND ");
  return `SELECT ${[kind, ...cells, ...differing].join(", ")} FROM (${sideSql(comparison, "ours")}) AS a FULL JOIN (${sideSql(comparison, "theirs")}) AS b ON ${on}`;
}

function isSame(pair: ColumnPair, index: number, tolerance: number): string {
  const equal = `a.c${index} IS NOT DISTINCT FROM b.c${index}`;
  if (!isNumeric(pair) || tolerance === 0) return equal;
  const [a, b] = [`a.c${index}::DOUBLE`, `b.c${index}::DOUBLE`];
  const near = `abs(${a} - ${b}) <= ${tolerance} * greatest(abs(${a}), abs(${b}))`;
  return `(${equal} OR coalesce(${near}, false))`;
}

/** What a row of `joinedSql` that is not the same tells, column by column. */
export function differencesOf(row: SqlRow, { key, columns }: Comparison): Difference[] {
  const cell = (side: "a" | "b", index: number): SqlValue => row[`${side}${index}`] ?? null;
  const of = Object.fromEntries(key.map(({ name }, index) => [name, cell("a", index) ?? cell("b", index)]));
  if (row.kind !== "different") return [{ key: of, column: null, ours: row.kind === "only_ours", theirs: row.kind === "only_theirs" }];
  return columns.flatMap(({ name }, index) => {
    const at = key.length + index;
    return row[`d${index}`] === true ? [{ key: of, column: name, ours: cell("a", at), theirs: cell("b", at) }] : [];
  });
}
