import type { Pipeline } from "../../core/pipeline.js";
import { qualify, quoteIdentifier, timestampLiteral } from "../../core/sql.js";
import type { OpenWarehouse, Warehouse } from "../../core/warehouse.js";
import { type LoadStep, loadSteps } from "../compute-span.js";
import { hasLedger, ledgerSchema, makeLedger } from "../ledger-schema.js";
import type { PlannedRange } from "../plan.js";
import { columnsOf } from "../read-columns.js";
import { tableName } from "../read-ledger.js";
import type { Session } from "../session.js";
import { inUtc } from "../verify/count-published.js";

/** A catalog of the workspace that holds what publishing to the warehouse needs to see of it. */
const CATALOG = "preview";

/** The schema of the workspace in which tables lie as they were. */
const BEFORE = "before_preview";

/** A table that a loader publishes to: as it was, and as it is after publishing to the copy. */
export interface PreviewTable {
  readonly step: LoadStep;
  /** As the step names it. */
  readonly table: string;
  /** Quoted and qualified; null where there was no such table. */
  readonly before: string | null;
  readonly after: string;
  /** SQL that says which rows of `after` count: those that publishing may have changed. */
  readonly where: string;
  /** The column of windows; null where rows are merged by key. */
  readonly window: string | null;
}

export interface Preview {
  /** Publishes to the copy. */
  readonly warehouse: Warehouse;
  readonly tables: readonly PreviewTable[];
}

/**
 * Copies from the warehouse what publishing some windows reads and changes there, in one look at it: the pipeline's attempts, the rows of the windows,
 * all rows of tables that are merged into or that checks look at.
 */
export async function openPreview(
  { workspace, warehouse }: Session,
  pipeline: Pipeline,
  ranges: readonly PlannedRange[],
  signal: AbortSignal,
): Promise<Preview> {
  await using db = await workspace.connect(signal);
  await db.run(`ATTACH ':memory:' AS ${CATALOG}`);
  await db.run(`CREATE SCHEMA ${qualify(workspace.catalog, BEFORE)}`);
  await makeLedger({ db, catalog: CATALOG });
  const steps = loadSteps(pipeline.steps).filter(({ node, settings }) => node.commit === "inside" && node.table(settings) !== null);
  const copied = await warehouse.read(async (open) => {
    await copyAttempts(open, pipeline.name);
    for (const table of checkedTables(pipeline)) await copyTable(open, table, "true");
    const tables: PreviewTable[] = [];
    for (const step of steps) tables.push(await copyPublished(open, qualify(workspace.catalog, BEFORE), step, ranges));
    return tables;
  });
  const use = async <Result>(work: (open: OpenWarehouse) => Promise<Result>): Promise<Result> => {
    await using own = await workspace.connect(signal);
    return await work({ db: own, catalog: CATALOG });
  };
  return {
    warehouse: { ...warehouse, read: use, publish: (work) => use((open) => open.db.transaction(() => work(open))) },
    tables: copied ?? steps.map((step) => describe(step)),
  };
}

/** A table that is not there yet. */
function describe(step: LoadStep): PreviewTable {
  const table = step.node.table(step.settings) ?? step.id;
  const window = step.node.published?.(step.settings)?.column ?? null;
  return { step, table, before: null, after: qualify(CATALOG, ...tableName(table).split(".")), where: "true", window };
}

async function copyAttempts(open: OpenWarehouse, pipeline: string): Promise<void> {
  if (!(await hasLedger(open))) return;
  await open.db.run(
    `INSERT INTO ${ledgerSchema({ ...open, catalog: CATALOG })}.attempts BY NAME
     SELECT * REPLACE (NULL::VARCHAR AS sources) FROM ${ledgerSchema(open)}.attempts WHERE pipeline = $1`,
    [pipeline],
  );
}

/** The published tables that checks look values up in. */
function checkedTables({ steps }: Pipeline): ReadonlySet<string> {
  const rules = steps.flatMap(({ checks = [] }) => checks.map(({ rule }) => rule));
  return new Set(rules.flatMap((rule) => (rule.kind === "relationship" && "table" in rule.of ? [tableName(rule.of.table)] : [])));
}

async function copyPublished(open: OpenWarehouse, schema: string, step: LoadStep, ranges: readonly PlannedRange[]): Promise<PreviewTable> {
  const made = describe(step);
  const where = await rowsOf(open, made.table, made.window, ranges);
  if (!(await copyTable(open, made.table, where))) return made;
  const before = `${schema}.${quoteIdentifier(step.id)}`;
  await open.db.run(`CREATE TABLE ${before} AS SELECT * FROM ${made.after} WHERE ${where}`);
  return { ...made, before, where };
}

/** Which rows of a table publishing may change. */
async function rowsOf(open: OpenWarehouse, table: string, window: string | null, ranges: readonly PlannedRange[]): Promise<string> {
  if (window === null) return "true";
  const column = (await columnsOf(open, table)).find(({ name }) => name.toLowerCase() === window.toLowerCase());
  return column === undefined ? "false" : inRanges(inUtc(quoteIdentifier(column.name), column.type), ranges);
}

/** SQL that says whether a time lies in one of some ranges. */
function inRanges(time: string, ranges: readonly PlannedRange[]): string {
  const each = ranges.map(({ from, to }) => `(${time} >= ${timestampLiteral(from)} AND ${time} < ${timestampLiteral(to)})`);
  return each.join(" OR ") || "false";
}

/** Copies rows of a table, once; false where there is no such table. */
async function copyTable(open: OpenWarehouse, table: string, where: string): Promise<boolean> {
  const [schema = "main", name = table] = tableName(table).split(".");
  if ((await columnsOf(open, table)).length === 0) return false;
  await open.db.run(`CREATE SCHEMA IF NOT EXISTS ${qualify(CATALOG, schema)}`);
  await open.db.run(
    `CREATE TABLE IF NOT EXISTS ${qualify(CATALOG, schema, name)} AS SELECT * FROM ${qualify(open.catalog, schema, name)} WHERE ${where}`,
  );
  return true;
}
