import { KpiError } from "../../core/errors.js";
import type { Pipeline } from "../../core/pipeline.js";
import type { RelationColumn } from "../../core/relation.js";
import { qualify, timestampLiteral } from "../../core/sql.js";
import type { CompareOptions, CompareReport } from "../../core/verification.js";
import type { OpenWarehouse } from "../../core/warehouse.js";
import { loadSteps } from "../compute-span.js";
import { columnsOf } from "../read-columns.js";
import { tableName } from "../read-ledger.js";
import { WINDOW_START } from "../relation-table.js";
import { type EngineParts, withSession } from "../session.js";
import { uuidV7 } from "../uuid-v7.js";
import { type ColumnPair, cellOf, isSameName, isTimes, keyPairs, pairColumns, type Side } from "./column-pairs.js";
import { type Comparison, differencesOf, joinedSql, type Kind, sideSql } from "./compare-sql.js";
import type { Published } from "./count-published.js";

/** So many differences are told. */
const MOST = 100;

/** Compares the table that a pipeline publishes with another table of the warehouse, key by key. Throws USAGE where they cannot be compared. */
export async function compareTables(parts: EngineParts, pipeline: Pipeline, options: CompareOptions): Promise<CompareReport> {
  const ours = tableOf(pipeline);
  const session = { id: `verify-${uuidV7(Date.now())}`, folders: [], signal: options.signal, warn: () => undefined };
  const report = await withSession(parts, pipeline, session, async ({ workspace, warehouse }) => {
    await workspace.allThreads();
    return warehouse.read((open) => compare(open, pipeline.name, ours, options));
  });
  if (report === null) throw missing(ours.table);
  return report;
}

function tableOf({ name, steps }: Pipeline): Published {
  const tables = loadSteps(steps).flatMap(({ node, settings }) => {
    const table = node.table(settings);
    return table === null ? [] : [node.published?.(settings) ?? { table, column: WINDOW_START }];
  });
  const [only, ...others] = tables;
  if (only !== undefined && others.length === 0) return only;
  throw new KpiError("USAGE", `Cannot tell which table of "${name}" to compare: it publishes ${tables.length}`);
}

async function compare(open: OpenWarehouse, pipeline: string, ours: Published, options: CompareOptions): Promise<CompareReport> {
  const comparison = await prepare(open, ours, options);
  const joined = joinedSql(comparison);
  const counted = await open.db.rows<{ kind: Kind; n: number }>(`SELECT kind, count(*) AS n FROM (${joined}) GROUP BY 1`);
  const count = (kind: Kind) => counted.find((row) => row.kind === kind)?.n ?? 0;
  const order = comparison.key.map((_, index) => `coalesce(a${index}, b${index})`).join(", ");
  const rows = await open.db.rows(`SELECT * FROM (${joined}) WHERE kind <> 'same' ORDER BY ${order} LIMIT ${MOST}`);
  const names = (pairs: readonly ColumnPair[]) => pairs.map(({ name }) => name);
  return {
    ...{ schema_version: 1, ok: rows.length === 0, pipeline, table: ours.table, against: options.against },
    ...{ key: names(comparison.key), columns: names(comparison.columns), tolerance: options.tolerance },
    rows: { same: count("same"), different: count("different"), only_ours: count("only_ours"), only_theirs: count("only_theirs") },
    differences: rows.flatMap((row) => differencesOf(row, comparison)).slice(0, MOST),
  };
}

async function prepare(open: OpenWarehouse, ours: Published, options: CompareOptions): Promise<Comparison> {
  const { against, tolerance } = options;
  const pairs = pairColumns(await requireColumns(open, ours.table), await requireColumns(open, against));
  const key = keyPairs(pairs, ours.column, options);
  const columns = pairs.filter((pair) => !key.includes(pair));
  if (columns.length === 0)
    throw new KpiError("USAGE", `Cannot compare "${ours.table}" with "${against}": they share no column beside the key`);
  const side = (which: Side, table: string) => ({
    name: qualify(open.catalog, ...tableName(table).split(".")),
    where: inBounds(pairs, ours, which, options),
  });
  const comparison = {
    key,
    columns,
    tolerance: () => tolerance,
    tables: { ours: side("ours", ours.table), theirs: side("theirs", against) },
  };
  await requireUnique(open, comparison, "ours", ours.table);
  await requireUnique(open, comparison, "theirs", against);
  return comparison;
}

async function requireColumns(open: OpenWarehouse, name: string): Promise<RelationColumn[]> {
  const columns = await columnsOf(open, name);
  if (columns.length === 0) throw missing(name);
  return columns;
}

function missing(table: string): KpiError {
  return new KpiError("USAGE", `Cannot compare the table "${table}": the warehouse has no such table`);
}

function inBounds(pairs: readonly ColumnPair[], { column }: Published, side: Side, { from, to }: CompareOptions): string {
  if (from === undefined && to === undefined) return "";
  const pair = pairs.find(({ name }) => isSameName(name, column));
  if (pair === undefined || !isTimes(pair))
    throw new KpiError("USAGE", `Cannot tell which rows lie between --from and --to: not both tables have the times "${column}"`);
  const time = cellOf(pair, side);
  const bounds = [
    ...(from === undefined ? [] : [`${time} >= ${timestampLiteral(from)}`]),
    ...(to === undefined ? [] : [`${time} < ${timestampLiteral(to)}`]),
  ];
  return `WHERE ${bounds.join(" AND ")}`;
}

async function requireUnique({ db }: OpenWarehouse, comparison: Comparison, side: Side, table: string): Promise<void> {
  const columns = comparison.key.map((_, index) => `c${index}`).join(", ");
  const [double] = await db.rows(`SELECT 1 AS one FROM (${sideSql(comparison, side)}) GROUP BY ${columns} HAVING count(*) > 1 LIMIT 1`);
  if (double === undefined) return;
  const key = comparison.key.map(({ name }) => name).join(", ");
  throw new KpiError("USAGE", `Cannot compare by "${key}": the table "${table}" has rows that share it`, {
    hint: "Name all columns that tell its rows apart with --key",
  });
}
