import { KpiError } from "../../core/errors.js";
import type { RelationColumn } from "../../core/relation.js";
import { quoteIdentifier } from "../../core/sql.js";
import type { CompareOptions } from "../../core/verification.js";
import { inUtc } from "./count-published.js";

/** A column that both tables have. */
export interface ColumnPair {
  readonly name: string;
  readonly ours: RelationColumn;
  readonly theirs: RelationColumn;
}

/** One of the two tables. */
export type Side = "ours" | "theirs";

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/;
const TIME = /^TIMESTAMP( WITH TIME ZONE)?$/;

export function pairColumns(ours: readonly RelationColumn[], theirs: readonly RelationColumn[]): ColumnPair[] {
  return ours.flatMap((column) => {
    const other = theirs.find(({ name }) => isSameName(name, column.name));
    return other === undefined ? [] : [{ name: column.name, ours: column, theirs: other }];
  });
}

export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The columns of the key, as asked for. Throws USAGE where they are not there; `window` is the column of windows. */
export function keyPairs(pairs: readonly ColumnPair[], window: string, { key, against }: CompareOptions): ColumnPair[] {
  const likely = pairs.filter(({ name, ours }) => isSameName(name, window) || ours.type === "VARCHAR").map(({ name }) => name);
  const perhaps = likely.length === 0 ? "" : `; perhaps --key ${likely.join(",")}`;
  const hint = `Both have: ${pairs.map(({ name }) => name).join(", ") || "nothing"}${perhaps}`;
  if (key === undefined)
    throw new KpiError("USAGE", `Cannot tell which rows of "${against}" to compare with which: --key is not given`, { hint });
  return key.map((wanted) => {
    const found = pairs.find(({ name }) => isSameName(name, wanted));
    if (found === undefined) throw new KpiError("USAGE", `Cannot compare by "${wanted}": not both tables have that column`, { hint });
    return found;
  });
}

/** A cell in a form that both tables share: times in UTC; where the types differ, numbers as doubles and all else as text. */
export function cellOf(pair: ColumnPair, side: Side): string {
  const { ours, theirs } = pair;
  const column = pair[side];
  const quoted = quoteIdentifier(column.name);
  if (isTimes(pair)) return inUtc(quoted, column.type);
  if (isNumeric(pair) && ours.type !== theirs.type) return `${quoted}::DOUBLE`;
  return ours.type === theirs.type ? quoted : `${quoted}::VARCHAR`;
}

export function isNumeric({ ours, theirs }: ColumnPair): boolean {
  return NUMBER.test(ours.type) && NUMBER.test(theirs.type);
}

export function isTimes({ ours, theirs }: ColumnPair): boolean {
  return isTime(ours.type) && isTime(theirs.type);
}

export function isTime(type: string): boolean {
  return TIME.test(type);
}
