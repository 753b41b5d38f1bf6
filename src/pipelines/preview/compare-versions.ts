import type { Database, SqlRow, SqlValue } from "../../core/database.js";
import type { DifferenceOptions, RowChange, RowDifference, TableDifference } from "../../core/difference.js";
import type { RelationColumn } from "../../core/relation.js";
import type { OpenWarehouse } from "../../core/warehouse.js";
import { columnsOf } from "../read-columns.js";
import { type ColumnPair, isNumeric } from "../verify/column-pairs.js";
import { type Comparison, joinedSql, type Kind } from "../verify/compare-sql.js";
import type { PreviewTable } from "./open-preview.js";
import { openVersions, type Versions } from "./versions.js";

/** So many rows that differ are told. */
const MOST = 10_000;
const WHOLE = /^U?(TINY|SMALL|BIG)?INT(EGER)?$/;
const CHANGES: Readonly<Partial<Record<Kind, RowChange>>> = { only_ours: "removed", only_theirs: "added", different: "changed" };

/** Compares a table with what publishing has made of its copy. Throws USAGE. */
export async function compareVersions(open: OpenWarehouse, preview: PreviewTable, options: DifferenceOptions): Promise<TableDifference> {
  const { step, table, before } = preview;
  const was = before === null ? [] : await open.db.describe(`SELECT * FROM ${before}`);
  const is = await columnsOf(open, table);
  const named = { step: step.id, table, exists: before !== null };
  if (is.length === 0) return { ...named, ...NOTHING };
  const versions = await openVersions(open, preview, was, is, options);
  const changes = `"__changes_${step.id}"`;
  await open.db.run(`CREATE TEMP TABLE ${changes} AS ${changesSql(versions.comparison)}`);
  const rows = await countRows(open.db, changes, versions.comparison);
  const differences = await readDifferences(open.db, changes, versions);
  return {
    ...named,
    ...{ key: versions.key, key_is_shared: versions.shared, columns: before === null ? NOTHING.columns : compareColumns(was, is), rows },
    values: await compareValues(open.db, changes, versions.comparison),
    ...{ differences, differences_left_out: rows.added + rows.changed + rows.removed - differences.length },
  };
}

/** Neither a table nor a row to make one of. */
const NOTHING = {
  ...{ key: [], key_is_shared: false, columns: { added: [], changed: [] }, values: [], differences: [], differences_left_out: 0 },
  rows: { same: 0, added: 0, changed: 0, removed: 0 },
};

function compareColumns(was: readonly RelationColumn[], is: readonly RelationColumn[]): TableDifference["columns"] {
  const before = new Map(was.map(({ name, type }) => [name, type]));
  return {
    added: is.filter(({ name }) => !before.has(name)),
    changed: is.flatMap(({ name, type }) => {
      const old = before.get(name) ?? type;
      return old === type ? [] : [{ name, old, new: type }];
    }),
  };
}

/** The rows of `joinedSql` that are not the same, each number with its change (`e0`, …). */
function changesSql(comparison: Comparison): string {
  const { key, columns } = comparison;
  const changes = columns.map((pair, index) => `${changeOf(pair, key.length + index)} AS e${index}`);
  return `SELECT ${["*", ...changes].join(", ")} FROM (${joinedSql(comparison)}) WHERE kind <> 'same'`;
}

function changeOf(pair: ColumnPair, index: number): string {
  if (!isNumeric(pair)) return "NULL";
  const cast = WHOLE.test(pair.ours.type) ? "::HUGEINT" : "";
  return `TRY(b${index}${cast} - a${index}${cast})`;
}

async function countRows(db: Database, changes: string, { tables }: Comparison): Promise<TableDifference["rows"]> {
  const counted = await db.rows<{ kind: Kind; n: number }>(`SELECT kind, count(*) AS n FROM ${changes} GROUP BY 1`);
  const [old] = await db.rows<{ n: number }>(`SELECT count(*) AS n FROM ${tables.ours.name}`);
  const count = (kind: Kind) => counted.find((row) => row.kind === kind)?.n ?? 0;
  const [removed, changed] = [count("only_ours"), count("different")];
  return { same: (old?.n ?? 0) - removed - changed, added: count("only_theirs"), changed, removed };
}

async function compareValues(db: Database, changes: string, { columns }: Comparison): Promise<TableDifference["values"]> {
  if (columns.length === 0) return [];
  const measures = columns.flatMap((_, index) => [
    `count(*) FILTER (d${index}) AS n${index}`,
    `min(e${index}) FILTER (d${index}) AS l${index}`,
    `max(e${index}) FILTER (d${index}) AS m${index}`,
  ]);
  const [found = {}] = await db.rows(`SELECT ${measures.join(", ")} FROM ${changes} WHERE kind = 'different'`);
  return columns.flatMap(({ name }, index) => {
    const rows = Number(found[`n${index}`] ?? 0);
    const bound = (side: "l" | "m") => found[`${side}${index}`] ?? null;
    return rows === 0 ? [] : [{ column: name, rows, least_change: bound("l"), most_change: bound("m") }];
  });
}

async function readDifferences(db: Database, changes: string, versions: Versions): Promise<RowDifference[]> {
  const order = versions.comparison.key.map((_, index) => `coalesce(a${index}, b${index})`);
  const rows = await db.rows(`SELECT * FROM ${changes} ORDER BY ${order.join(", ") || "1"} LIMIT ${MOST}`);
  return rows.map((row) => toDifference(row, versions));
}

function toDifference(row: SqlRow, { names, key }: Versions): RowDifference {
  const cell = (side: "a" | "b" | "d" | "e", index: number): SqlValue => row[`${side}${index}`] ?? null;
  const kind = CHANGES[row.kind as Kind] ?? "changed";
  const values = names.slice(key.length).flatMap((name, index) => {
    if (kind === "changed" && cell("d", index) !== true) return [];
    const at = key.length + index;
    return [[name, { old: cell("a", at), new: cell("b", at), change: kind === "changed" ? cell("e", index) : null }] as const];
  });
  const keyed = key.map((name, index) => [name, cell("a", index) ?? cell("b", index)] as const);
  return { kind, key: Object.fromEntries(keyed), values: Object.fromEntries(values) };
}
