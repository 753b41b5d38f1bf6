import type { Database } from "../core/database.js";
import { KpiError } from "../core/errors.js";
import type { Output, Outputs } from "../core/node.js";
import type { Step } from "../core/pipeline.js";
import { qualify, quoteIdentifier, timestampLiteral } from "../core/sql.js";
import type { Instant } from "../core/time.js";
import type { Span, Window } from "../core/window.js";
import { dropStep } from "./drop-step.js";
import { commonOpen, createTable, inspect, inWindows, type RelationTable, relationKey, WINDOW_START } from "./relation-table.js";
import type { RunScope } from "./run-scope.js";
import { stepContext } from "./step-context.js";
import { tryStep } from "./try-step.js";

export type TransformStep = Extract<Step, { role: "transform" }>;

interface Work {
  readonly scope: RunScope;
  readonly schema: string;
  readonly step: TransformStep;
  readonly inputs: ReadonlyMap<string, RelationTable>;
  readonly span: Span | null;
  readonly db: Database;
}

/** Runs a transformer over a span, whole or window by window as it declares, or once over relations without windows. Resolves to its relations by key. */
export function transformStep(
  scope: RunScope,
  schema: string,
  step: TransformStep,
  inputs: ReadonlyMap<string, RelationTable>,
  span: Span | null,
): Promise<ReadonlyMap<string, RelationTable>> {
  const work = { schema, step, inputs, span };
  const undo = () => dropStep(scope, schema, step);
  return scope.tally.time(step, () => tryStep(scope, step, (tried) => transformOnce(tried, work), undo));
}

async function transformOnce(
  scope: RunScope,
  { step, inputs, span, schema }: Omit<Work, "scope" | "db">,
): Promise<{ rows: number; result: ReadonlyMap<string, RelationTable> }> {
  await using db = await scope.workspace.connect(scope.signal);
  const work = { scope, schema, step, inputs, span, db };
  const windowed = [...inputs.values()].some((input) => input.windowed);
  const whole = !windowed || span === null || step.node.spans(step.settings);
  const relations = whole ? await transformWhole(work, windowed) : await transformEachWindow(work, span);
  return { rows: [...relations.values()].reduce((sum, { rows }) => sum + rows, 0), result: relations };
}

async function transformWhole(work: Work, windowed: boolean): Promise<ReadonlyMap<string, RelationTable>> {
  const { scope, schema, step, inputs, db } = work;
  const open = commonOpen(inputs.values());
  for (const [alias, input] of inputs) {
    await db.run(
      `CREATE TEMP VIEW ${quoteIdentifier(alias)} AS SELECT * FROM ${input.table} WHERE ${input.windowed ? inWindows(open) : "true"}`,
    );
  }
  const outputs = await step.node.transform(
    step.settings,
    stepContext(scope, step, { ...work, window: null, span: windowed ? work.span : null }),
  );
  const relations = new Map<string, RelationTable>();
  for (const [port, output] of ports(outputs)) {
    if (output.kind === "closed") continue;
    const table = outputTable(schema, step, port);
    const rows = await createTable(db, table, `SELECT * FROM ${selection(output)}`);
    relations.set(relationKey(step.id, port), await inspect(db, table, rows, windowed, open));
  }
  return relations;
}

async function transformEachWindow(work: Work, span: Span): Promise<ReadonlyMap<string, RelationTable>> {
  const { scope, schema, step, inputs, db } = work;
  const open = commonOpen(inputs.values());
  const taken = new Map<string | null, { readonly starts: Set<Instant>; rows: number }>();
  for (const window of span.windows.filter(({ start }) => open === null || open.has(start))) {
    for (const [alias, input] of inputs) await db.run(windowView(alias, input, window));
    const outputs = await step.node.transform(step.settings, stepContext(scope, step, { ...work, window, span: null }));
    for (const [port, output] of ports(outputs)) {
      if (output.kind === "closed") continue;
      const made = taken.get(port) ?? { starts: new Set<Instant>(), rows: 0 };
      made.rows += await addWindow(db, outputTable(schema, step, port), output, window, made.starts.size === 0);
      made.starts.add(window.start);
      taken.set(port, made);
    }
  }
  const relations = new Map<string, RelationTable>();
  for (const [port, { starts, rows }] of taken) {
    const everywhere = starts.size === span.windows.length;
    relations.set(relationKey(step.id, port), await inspect(db, outputTable(schema, step, port), rows, true, everywhere ? null : starts));
  }
  return relations;
}

function windowView(alias: string, { table, windowed }: RelationTable, { start }: Window): string {
  const rows = windowed
    ? `SELECT * EXCLUDE (${WINDOW_START}) FROM ${table} WHERE ${WINDOW_START} = ${timestampLiteral(start)}`
    : `SELECT * FROM ${table}`;
  return `CREATE OR REPLACE TEMP VIEW ${quoteIdentifier(alias)} AS ${rows}`;
}

async function addWindow(
  db: Database,
  table: string,
  output: Exclude<Output, { kind: "closed" }>,
  { start, end }: Window,
  first: boolean,
): Promise<number> {
  const source = selection(output);
  const own = (await db.describe(`SELECT * FROM ${source}`)).find(({ name }) => name.toLowerCase() === WINDOW_START);
  if (own === undefined) {
    return addRows(db, table, `SELECT *, ${timestampLiteral(start)} AS ${WINDOW_START} FROM ${source}`, first);
  }
  const name = quoteIdentifier(own.name);
  const [stray] = await db.rows(
    `SELECT ${name} FROM ${source} WHERE ${name} IS NULL OR ${name} < ${timestampLiteral(start)} OR ${name} >= ${timestampLiteral(end)} LIMIT 1`,
  );
  if (stray !== undefined)
    throw new KpiError(
      "STEP_FAILED",
      `Cannot use the value "${Object.values(stray)[0]}" in the step's own column "${own.name}": it lies outside the window`,
    );
  return addRows(db, table, `SELECT * REPLACE (${timestampLiteral(start)} AS ${name}) FROM ${source}`, first);
}

function addRows(db: Database, table: string, query: string, first: boolean): Promise<number> {
  return first ? createTable(db, table, query) : db.run(`INSERT INTO ${table} BY NAME ${query}`);
}

function selection(output: Exclude<Output, { kind: "closed" }>): string {
  return output.kind === "select" ? `(${output.sql})` : output.table.table;
}

function outputTable(schema: string, { id }: Step, port: string | null): string {
  return qualify(schema, port === null ? id : `${id}__${port}`);
}

function ports(outputs: Outputs): [string | null, Output][] {
  return outputs.kind === "ports" ? Object.entries(outputs.ports) : [[null, outputs]];
}
