import type { Database } from "../core/database.js";
import type { AppendedTable, Input, StepContext } from "../core/node.js";
import type { Step } from "../core/pipeline.js";
import type { Column } from "../core/relation.js";
import { qualify, quoteIdentifier } from "../core/sql.js";
import type { Span, Window } from "../core/window.js";
import { AHEAD, type RelationTable } from "./relation-table.js";
import type { RunScope } from "./run-scope.js";

export interface StepPlace {
  readonly db: Database;
  /** The schema of the workspace in which the span's tables lie. */
  readonly schema: string;
  readonly inputs: ReadonlyMap<string, RelationTable>;
  readonly window: Window | null;
  readonly span: Span | null;
}

/** What a step is handed. */
export function stepContext(scope: RunScope, step: Step, { db, schema, inputs, window, span }: StepPlace): StepContext {
  const of = { step: step.id };
  let appended = 0;
  return {
    db,
    inputs: new Map(
      [...inputs].map(([alias, relation]): [string, Input] => [alias, { alias, columns: relation.columns, windowed: relation.windowed }]),
    ),
    window,
    span,
    connection: scope.connection(step.connection),
    signal: scope.signal,
    clock: scope.clock,
    run: { id: scope.id, pipeline: scope.pipeline, step: step.id },
    files: { project: scope.folders.project, scratch: scope.folders.scratch },
    append: (columns) => {
      appended += 1;
      return appendedTable(db, qualify(schema, `${step.id}__appended_${window?.start ?? ""}_${appended}`), columns);
    },
    ahead:
      scope.planned === null || span === null ? undefined : { windows: scope.planned, append: (columns) => aheadTable(db, step, columns) },
    progress: (done) => scope.emit("step:progress", done, of),
    log: (message) => scope.emit("log", { message }, of),
    warn: (code, message) => scope.emit("warning", { code, message }, of),
  };
}

let tablesAhead = 0;

async function aheadTable(db: Database, { id }: Step, columns: readonly Column[]): Promise<AppendedTable> {
  tablesAhead += 1;
  await db.run(`CREATE SCHEMA IF NOT EXISTS ${AHEAD}`);
  return appendedTable(db, qualify(AHEAD, `${id}_${tablesAhead}`), columns);
}

/** A new table of the workspace, given by its quoted and qualified name, to append to. */
export async function appendedTable(db: Database, table: string, columns: readonly Column[]): Promise<AppendedTable> {
  await db.run(`CREATE TABLE ${table} (${columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ")})`);
  const appender = await db.append(table, columns);
  return { table, append: (batch) => appender.append(batch), close: () => appender.close() };
}
