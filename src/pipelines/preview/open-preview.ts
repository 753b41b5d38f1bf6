import type { Database } from "../../core/database.js";
import type { Pipeline } from "../../core/pipeline.js";
import { qualify, quoteIdentifier, timestampLiteral } from "../../core/sql.js";
import type { OpenWarehouse, Warehouse } from "../../core/warehouse.js";
import { windowsBetween } from "../../core/window.js";
import { type LoadStep, loadSteps } from "../compute-span.js";
import { hasLedger, ledgerSchema, makeLedger } from "../ledger-schema.js";
import type { Prepared } from "../prepare-windows.js";
import { columnsOf } from "../read-columns.js";
import { tableName } from "../read-ledger.js";
import type { Session } from "../session.js";
import { isTime } from "../verify/column-pairs.js";
import { inUtc } from "../verify/count-published.js";

/** A catalog of the workspace that holds what publishing to the warehouse needs to see of it. */
const CATALOG = "preview";

/** The schema of the workspace in which tables lie as they were, and the windows of the plan. */
const BEFORE = `"before_preview"`;
const WINDOWS = `${BEFORE}."__windows"`;

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
  prepared: Prepared,
  signal: AbortSignal,
): Promise<Preview> {
  await using db = await workspace.connect(signal);
  await db.run(`ATTACH ':memory:' AS ${CATALOG}`);
  await db.run(`CREATE SCHEMA ${BEFORE}`);
  await listWindows(db, prepared);
  await makeLedger({ db, catalog: CATALOG });
  const steps = loadSteps(pipeline.steps).filter(({ node, settings }) => node.commit === "inside" && node.table(settings) !== null);
  const copied = await warehouse.read(async (open) => {
    await copyAttempts(open, pipeline.name);
    for (const table of checkedTables(pipeline)) await copyTable(open, table, "true");
    const tables: PreviewTable[] = [];
    for (const step of steps) tables.push(await copyPublished(open, step, prepared));
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

async function copyPublished(open: OpenWarehouse, step: LoadStep, prepared: Prepared): Promise<PreviewTable> {
  const made = describe(step);
  const where = await rowsOf(open, made, prepared);
  if (!(await copyTable(open, made.table, where))) return made;
  const before = `${BEFORE}.${quoteIdentifier(step.id)}`;
  await open.db.run(`CREATE TABLE ${before} AS SELECT * FROM ${made.after} WHERE ${where}`);
  return { ...made, before, where };
}

/** Which rows of a table publishing may change. */
async function rowsOf(open: OpenWarehouse, { table, window }: PreviewTable, { grid, plan }: Prepared): Promise<string> {
  if (window === null) return "true";
  const [first, last] = [plan.ranges[0], plan.ranges.at(-1)];
  const column = (await columnsOf(open, table)).find(({ name }) => name.toLowerCase() === window.toLowerCase());
  // of a column that holds no times the loader itself has something to say
  if (column === undefined || !isTime(column.type) || first === undefined || last === undefined) return "false";
  const time = inUtc(quoteIdentifier(column.name), column.type);
  const bounds = `${time} >= ${timestampLiteral(first.from)} AND ${time} < ${timestampLiteral(last.to)}`;
  return `${bounds} AND ${grid.startOf(time)} IN (SELECT w."start" FROM ${WINDOWS} AS w)`;
}

/** They may be many, and scattered: a condition for each would be too much for one statement. */
async function listWindows(db: Database, { grid, plan }: Prepared): Promise<void> {
  const starts = plan.ranges.flatMap(({ from, to }) => [...windowsBetween(grid, from, to)].map(({ start }) => start));
  await db.run(`CREATE TABLE ${WINDOWS} AS SELECT make_timestamptz(unnest([${starts.join(", ")}]::BIGINT[]) * 1000) AS "start"`);
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
