import type { StateChange } from "../../core/engine.js";
import { KpiError } from "../../core/errors.js";
import type { Pipeline } from "../../core/pipeline.js";
import { timestampLiteral } from "../../core/sql.js";
import type { StateEntry, StateHistory } from "../../core/state-reports.js";
import { type Instant, toIso } from "../../core/time.js";
import type { OpenWarehouse } from "../../core/warehouse.js";
import { definitionOf } from "../definition.js";
import { hasLedger, ledgerSchema } from "../ledger-schema.js";
import { Prefix } from "../prefix.js";
import { readLedger } from "../read-ledger.js";
import { type EngineParts, withSession } from "../session.js";
import { claimPipeline } from "../write-ledger.js";
import { atDesk, type Desk, type Done, hourOf, sessionOptions } from "./desk.js";
import { nextUndo, readHistory } from "./history.js";

/** Which attempts say what a window is. */
const TELLING = "status NOT IN ('failed', 'refused')";

/** The changes that somebody made to a pipeline's state. */
export function showHistory(parts: EngineParts, pipeline: Pipeline): Promise<StateHistory> {
  return withSession(parts, pipeline, sessionOptions(parts, "history"), async ({ store }) => {
    const entries = readHistory((await store.read(pipeline.stateName))?.value);
    return { schema_version: 1, ok: true, pipeline: pipeline.name, entries: entries.toReversed(), next_undo: nextUndo(entries) };
  });
}

/**
 * Takes the newest change back, in ledger and store: the windows that it marked, as far as no run has done them since, are what they were before,
 * and the cursor is where the ledger then stands. Throws USAGE where nothing can be taken back, STATE_AHEAD where the ledger does not hold what was there.
 */
export function undoState(parts: EngineParts, pipeline: Pipeline, { reason }: { readonly reason: string | null }): Promise<StateChange> {
  return atDesk(parts, pipeline, { verb: "undo", reason }, async (desk) => {
    const stored = await desk.keeper.read();
    const change = nextUndo(readHistory(stored?.value));
    if (change === null)
      throw new KpiError("USAGE", `Cannot undo a change of "${pipeline.name}": its history holds none`, {
        hint: `kpi state history ${pipeline.name}`,
      });
    const was = hourOf(change.before.last_processed_hour);
    const is = hourOf(stored?.value.last_processed_hour);
    const lower = is !== null && (was === null || was < is);
    if (change.marked.windows > 0) await requireStanding(desk, change);
    // backward, the store first: it never leads the ledger
    if (lower) await desk.keeper.put({ ...change.before });
    return takeBack(desk, change);
  });
}

async function takeBack(desk: Desk, change: StateEntry): Promise<Done> {
  const { session, pipeline, grid, keeper } = desk;
  const first = hourOf(change.before.first_hour);
  const { windows, cursor } = await session.warehouse.publish(async (open) => {
    await claimPipeline(open, pipeline.name, first === null ? {} : { firstHour: first });
    if (first === null) await forgetFirstHour(open, pipeline.name);
    const windows = await restoreWindows(open, desk, change.id);
    const { ranges } = await readLedger(open, pipeline.name, definitionOf(pipeline));
    const { cursor } = new Prefix(grid, first ?? Number.POSITIVE_INFINITY, ranges);
    requireHeld(pipeline.name, change, cursor);
    return { windows, cursor };
  });
  await keeper.put({ last_processed_hour: cursor === null ? null : toIso(cursor), first_hour: change.before.first_hour });
  return { status: "restored", windows, undoes: change.id };
}

/** Appends to each window whose state is the change's doing a copy of the attempt that made it what it was before; `reopened` where there is none. */
async function restoreWindows(open: OpenWarehouse, { pipeline, parts, id }: Desk, change: string): Promise<number> {
  const attempts = `${ledgerSchema(open)}.attempts`;
  return open.db.run(
    `INSERT INTO ${attempts}
     WITH own AS (SELECT * FROM ${attempts} WHERE pipeline = $1 AND window_start IS NOT NULL),
     newest AS (
       SELECT window_start, any_value(window_end) AS window_end, max(attempt) AS attempt, min(attempt) FILTER (WHERE run_id = $2) AS changed,
         arg_max(run_id, attempt) FILTER (WHERE ${TELLING}) AS teller
       FROM own GROUP BY window_start
     ), earlier AS (
       SELECT own.* FROM own JOIN newest USING (window_start) WHERE ${TELLING} AND own.attempt < changed
       QUALIFY row_number() OVER (PARTITION BY window_start ORDER BY own.attempt DESC) = 1
     )
     SELECT $1, window_start, newest.window_end, newest.attempt + 1, coalesce(status, 'reopened'), 'undone', source_rows, rows, sources, outputs, definition,
       error_code, error, coalesce(run_id, CASE WHEN status IS NULL THEN $3 END), ${timestampLiteral(parts.clock.now())}
     FROM newest LEFT JOIN earlier USING (window_start) WHERE teller = $2`,
    [pipeline.name, change, id],
  );
}

async function forgetFirstHour(open: OpenWarehouse, pipeline: string): Promise<void> {
  await open.db.run(`UPDATE ${ledgerSchema(open)}.pipelines SET first_hour = NULL WHERE pipeline = $1`, [pipeline]);
}

/** Throws USAGE where no window is any more as the change has left it. */
async function requireStanding({ session, pipeline: { name: pipeline } }: Desk, { id, verb, at, marked }: StateEntry): Promise<void> {
  const found = await session.warehouse.read(async (open) => {
    const query = `SELECT 1 AS one FROM ${ledgerSchema(open)}.attempts WHERE pipeline = $1 GROUP BY window_start HAVING arg_max(run_id, attempt) FILTER (WHERE ${TELLING}) = $2 LIMIT 1`;
    return (await hasLedger(open)) ? open.db.rows(query, [pipeline, id]) : [];
  });
  if (found !== null && found.length > 0) return;
  throw new KpiError(
    "USAGE",
    `Cannot undo the "${verb}" of ${at} of "${pipeline}": none of its ${marked.windows} windows is as it left them`,
    {
      hint: `Runs have done them since, or the warehouse is another one. kpi hours ${pipeline} shows what they are now`,
    },
  );
}

function requireHeld(pipeline: string, { verb, at, before }: StateEntry, cursor: Instant | null): void {
  const was = hourOf(before.last_processed_hour);
  if (was === null || (cursor !== null && was <= cursor)) return;
  const knows = cursor === null ? "the warehouse has no processed hour" : `the warehouse ends at ${toIso(cursor)}`;
  throw new KpiError(
    "STATE_AHEAD",
    `Cannot undo the "${verb}" of ${at} of "${pipeline}": the state before it was "${before.last_processed_hour}", but ${knows}`,
    { hint: `Say where it stands: kpi state set ${pipeline} HOUR --adopt, or kpi state reset ${pipeline}` },
  );
}
