import { KpiError } from "../../core/errors.js";
import type { RelationColumn } from "../../core/relation.js";
import { quoteIdentifier } from "../../core/sql.js";
import type { OpenWarehouse } from "../../core/warehouse.js";
import type { ColumnPair } from "../verify/column-pairs.js";
import type { Comparison } from "../verify/compare-sql.js";
import { chooseKey } from "./choose-key.js";
import type { PreviewTable } from "./open-preview.js";

/** Tells rows apart that are the same. */
const NUMBER = "__number";
const FLOATING = /^(FLOAT|DOUBLE)$/;

/** How the rows of a table and of the copy that was published to are compared. */
export interface Versions {
  /** The key, then what is compared. */
  readonly names: readonly string[];
  readonly key: readonly string[];
  /** Whether rows share the key: then they are compared as a whole. */
  readonly shared: boolean;
  readonly comparison: Comparison;
}

/** Makes both versions have the columns and types of the newer one. Throws USAGE for a key that was asked for and does not fit. */
export async function openVersions(
  { db }: OpenWarehouse,
  preview: PreviewTable,
  was: readonly RelationColumn[],
  is: readonly RelationColumn[],
  options: { readonly key?: readonly string[] | undefined; readonly tolerance: number },
): Promise<Versions> {
  const key = chooseKey(preview, is, options.key);
  const [older, newer] = [olderSql(preview, was, is), `SELECT * FROM ${preview.after} WHERE ${preview.where}`];
  const twice = async (query: string) => {
    const group = key.length === 0 ? "" : `GROUP BY ${key.map(quoteIdentifier).join(", ")}`;
    return (await db.rows(`SELECT 1 AS one FROM (${query}) ${group} HAVING count(*) > 1 LIMIT 1`)).length > 0;
  };
  const shared = (await twice(older)) || (await twice(newer));
  if (shared && options.key !== undefined)
    throw new KpiError("USAGE", `Cannot compare "${preview.table}" by "${key.join(", ")}": it has rows that share it`, {
      hint: "Name all columns that tell its rows apart with --key",
    });
  const columns = [...key.flatMap((name) => is.filter((column) => column.name === name)), ...is.filter(({ name }) => !key.includes(name))];
  const pairs = columns.map(toPair);
  const numbered = (query: string) => {
    const all = is.map(({ name }) => quoteIdentifier(name)).join(", ");
    return shared ? `(SELECT *, row_number() OVER (PARTITION BY ${all}) AS ${NUMBER} FROM (${query}))` : `(${query})`;
  };
  return {
    ...{ names: columns.map(({ name }) => name), key, shared },
    comparison: {
      key: shared ? [...pairs, toPair({ name: NUMBER, type: "BIGINT" })] : pairs.slice(0, key.length),
      columns: shared ? [] : pairs.slice(key.length),
      tolerance: ({ ours }) => (FLOATING.test(ours.type) ? options.tolerance : 0),
      tables: { ours: { name: numbered(older), where: "" }, theirs: { name: numbered(newer), where: "" } },
    },
  };
}

function toPair(column: RelationColumn): ColumnPair {
  return { name: column.name, ours: column, theirs: column };
}

function olderSql({ before }: PreviewTable, was: readonly RelationColumn[], is: readonly RelationColumn[]): string {
  const cells = is.map(({ name, type }) => {
    const quoted = quoteIdentifier(name);
    return `${was.some((column) => column.name === name) ? quoted : "NULL"}::${type} AS ${quoted}`;
  });
  return `SELECT ${cells.join(", ")} FROM ${before ?? "(SELECT 1) WHERE false"}`;
}
