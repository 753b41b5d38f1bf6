import type { Database } from "../core/database.js";
import type { LoadContext, LoadReport } from "../core/node.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import type { Window } from "../core/window.js";
import type { LoadStep } from "./compute-span.js";
import { type Relations, type RelationTable, relationKey } from "./relation-table.js";
import type { RunScope } from "./run-scope.js";
import { stepContext } from "./step-context.js";
import { tryOnce, tryStep } from "./try-step.js";

/** The relation a loader publishes; null where its branch was not taken or no step ran. */
export function loaderInput(step: LoadStep, relations: Relations): RelationTable | null {
  const [from] = step.from;
  return from === undefined ? null : (relations.get(relationKey(from.step, from.port)) ?? null);
}

/** Runs a loader: once inside the warehouse's transaction, which is tried again as a whole, or as often as it may be on a connection of its own ahead of it. */
export function loadStep(
  scope: RunScope,
  step: LoadStep,
  input: RelationTable | null,
  windows: readonly Window[] | null,
  warehouse: OpenWarehouse | null,
): Promise<LoadReport> {
  return scope.tally.time(step, () =>
    warehouse === null
      ? tryStep(scope, step, async (tried) => {
          await using db = await scope.workspace.connect(tried.signal);
          return await loadOn(db, tried, step, input, windows, null);
        })
      : tryOnce(scope, step, async (tried) => {
          using db = warehouse.db.within(tried.signal);
          return await loadOn(db, tried, step, input, windows, warehouse.catalog);
        }),
  );
}

async function loadOn(
  db: Database,
  scope: RunScope,
  step: LoadStep,
  input: RelationTable | null,
  windows: readonly Window[] | null,
  catalog: string | null,
): Promise<{ rows: number; result: LoadReport }> {
  const {
    inputs: _,
    window: __,
    span: ___,
    append: ____,
    ...context
  } = stepContext(scope, step, { db, schema: "", inputs: new Map(), window: null, span: null });
  const loading: LoadContext = {
    ...context,
    input:
      input === null
        ? null
        : { alias: step.from[0]?.alias ?? step.id, columns: input.columns, windowed: input.windowed, table: input.table },
    windows,
    warehouse: catalog,
  };
  const report = await step.node.load(step.settings, loading);
  return { rows: [...report.rows.values()].reduce((sum, rows) => sum + rows, 0), result: report };
}
