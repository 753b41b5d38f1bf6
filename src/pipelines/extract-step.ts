import type { Database } from "../core/database.js";
import { KpiError } from "../core/errors.js";
import type { Extraction, FieldCount, SourceCounts, TimeFact } from "../core/node.js";
import type { Step } from "../core/pipeline.js";
import { qualify, quoteIdentifier, timestampLiteral } from "../core/sql.js";
import type { Span } from "../core/window.js";
import { dropStep } from "./drop-step.js";
import { createTable, inspect, type RelationTable, WINDOW_START } from "./relation-table.js";
import type { RunScope } from "./run-scope.js";
import { stepContext } from "./step-context.js";
import { tryStep } from "./try-step.js";
import { withTallies } from "./with-tally.js";

export type ExtractStep = Extract<Step, { role: "extract" }>;

export interface Extracted {
  readonly relation: RelationTable;
  /** By start of window; null where the relation has no windows. */
  readonly counts: SourceCounts | null;
}

/** Runs an extractor over a span (null: in a workflow), filters what came to the span's bounds, gives rows to windows and counts them. */
export function extractStep(scope: RunScope, schema: string, step: ExtractStep, span: Span | null): Promise<Extracted> {
  const undo = () => dropStep(scope, schema, step);
  return scope.tally.time(step, () => tryStep(scope, step, (tried) => extractOnce(tried, schema, step, span), undo));
}

async function extractOnce(
  scope: RunScope,
  schema: string,
  step: ExtractStep,
  span: Span | null,
): Promise<{ rows: number; result: Extracted }> {
  await using db = await scope.workspace.connect(scope.signal);
  const context = stepContext(scope, step, { db, schema, inputs: new Map(), window: null, span });
  const extraction = await step.node.extract(step.settings, context);
  const time = span === null ? "none" : step.node.time(step.settings);
  const table = qualify(schema, step.id);
  const rows = await makeRelation(db, table, extraction, await query(scope, db, extraction, time, span));
  const relation = await inspect(db, table, rows, time !== "none", null);
  const read = time === "none" ? null : (extraction.counts ?? (await countByWindow(db, relation, extraction.counted)));
  const counts = read === null || span === null ? read : withTallies(read, [scope.tallies?.get(step.id), extraction.tally], span);
  return { rows: relation.rows, result: { relation, counts } };
}

/** What was appended is a table already; what was selected is read once, here, unless that is light. Resolves to the number of rows. */
async function makeRelation(db: Database, table: string, { output }: Extraction, rows: string): Promise<number> {
  if (output.kind === "closed" || (output.kind === "select" && output.light !== true)) return createTable(db, table, rows);
  await db.run(`CREATE VIEW ${table} AS ${rows}`);
  const [count] = await db.rows<{ n: number }>(`SELECT count(*) AS n FROM ${table}`);
  return count?.n ?? 0;
}

/** The rows of the span, each with the window it belongs to where it belongs to one. */
async function query(
  scope: RunScope,
  db: Database,
  { output, time: name }: Extraction,
  time: TimeFact,
  span: Span | null,
): Promise<string> {
  if (output.kind === "closed") throw new KpiError("INTERNAL", "Cannot use an extractor's output: it is closed");
  const source = output.kind === "appended" ? output.table.table : `(${output.sql})`;
  if (time === "none" || span === null) return `SELECT * FROM ${source}`;
  if (time === "now") return `SELECT *, ${timestampLiteral(span.windows.at(-1)?.start ?? span.start)} AS ${WINDOW_START} FROM ${source}`;
  const column = await timeColumn(db, source, name);
  const bounds = `${column} >= ${timestampLiteral(span.start)} AND ${column} < ${timestampLiteral(span.end)}`;
  return `SELECT *, ${scope.grid?.startOf(column)} AS ${WINDOW_START} FROM ${source} WHERE ${bounds}`;
}

async function timeColumn(db: Database, source: string, name: string | null): Promise<string> {
  const columns = await db.describe(`SELECT * FROM ${source}`);
  const found = columns.find((column) => column.name === name);
  if (found?.type !== "TIMESTAMP WITH TIME ZONE") {
    throw new KpiError(
      "STEP_FAILED",
      `Cannot give rows to windows by the column "${name}": ${found === undefined ? "there is none" : `its type is ${found.type}`}`,
      {
        hint: "Windows need a column of type TIMESTAMP WITH TIME ZONE",
      },
    );
  }
  if (columns.some((column) => column.name.toLowerCase() === WINDOW_START)) {
    throw new KpiError("STEP_FAILED", `Cannot use the column "${WINDOW_START}" of the source: kpi gives that name to the window's start`);
  }
  return quoteIdentifier(found.name);
}

async function countByWindow(db: Database, { table }: RelationTable, counted: readonly string[] | null): Promise<SourceCounts> {
  const fields = counted ?? [];
  const counts = counted === null ? ["count(*)"] : fields.map((field) => `count(${quoteIdentifier(field)})`);
  const names = counted === null ? ["rows"] : fields;
  const rows = await db.rows<{ start: number; counts: number[] }>(
    `SELECT epoch_ms(${WINDOW_START}) AS start, [${counts.join(", ")}] AS counts FROM ${table} GROUP BY 1`,
  );
  return new Map(
    rows.map(({ start, counts: values }) => [start, Object.fromEntries(names.map((name, index) => [name, asRead(values[index] ?? 0)]))]),
  );
}

function asRead(values: number): FieldCount {
  return { values, count: null, method: null };
}
