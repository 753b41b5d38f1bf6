import type { SqlRow } from "../core/database.js";
import type { BackfillRange } from "../core/engine.js";
import type { BackfillRecord, Rerun } from "../core/reports.js";
import { timestampLiteral } from "../core/sql.js";
import { type Instant, toIso } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import type { Window } from "../core/window.js";
import { ledgerSchema } from "./ledger-schema.js";

/** Append-only, as the rest of the ledger. A ledger without it is whole: nobody has begun a backfill there. */
const COLUMNS =
  "backfill VARCHAR NOT NULL, pipeline VARCHAR NOT NULL, event VARCHAR NOT NULL, run_id VARCHAR NOT NULL, happened_at TIMESTAMPTZ NOT NULL, range_from TIMESTAMPTZ NOT NULL, range_to TIMESTAMPTZ NOT NULL, options VARCHAR NOT NULL";

/** What can happen to a backfill. A run that goes on with it, on whatever machine, has `resumed` it. */
export interface BackfillEvent {
  readonly backfill: string;
  readonly pipeline: string;
  readonly event: "begun" | "resumed" | "done" | "replaced";
  readonly runId: string;
  readonly at: Instant;
  readonly range: BackfillRange;
}

/** Runs inside a publishing transaction. */
export async function appendBackfillEvent(warehouse: OpenWarehouse, happened: BackfillEvent): Promise<void> {
  const { backfill, pipeline, event, runId, at, range } = happened;
  const options: Options = { rerun: range.rerun, newest_first: range.newestFirst ?? false, on_failure: range.onFailure ?? "continue" };
  const table = `${ledgerSchema(warehouse)}.backfills`;
  await warehouse.db.run(`CREATE TABLE IF NOT EXISTS ${table} (${COLUMNS})`);
  const times = [at, range.from, range.to].map(timestampLiteral).join(", ");
  await warehouse.db.run(`INSERT INTO ${table} VALUES ($1, $2, $3, $4, ${times}, $5)`, [
    ...[backfill, pipeline, event, runId],
    JSON.stringify(options),
  ]);
}

interface Options {
  readonly rerun: Rerun;
  readonly newest_first: boolean;
  readonly on_failure: "stop" | "continue";
}

type Row = SqlRow & { id: string; from: number; to: number; begun: number; options: string; status: BackfillRecord["status"] };

/** A pipeline's backfills, newest first. */
export async function readBackfills(warehouse: OpenWarehouse, pipeline: string): Promise<BackfillRecord[]> {
  if (!(await hasBackfills(warehouse))) return [];
  const rows = await warehouse.db.rows<Row>(
    `SELECT backfill AS id, epoch_ms(min(range_from)) AS "from", epoch_ms(min(range_to)) AS "to", epoch_ms(min(happened_at)) AS begun,
       arg_min(options, happened_at) AS options, coalesce(max(event) FILTER (WHERE event IN ('done', 'replaced')), 'unfinished') AS status
     FROM ${ledgerSchema(warehouse)}.backfills WHERE pipeline = $1 GROUP BY backfill ORDER BY begun DESC, id DESC`,
    [pipeline],
  );
  return rows.map(({ id, from, to, begun, options, status }) => ({
    ...{ id, from: toIso(from), to: toIso(to), begun: toIso(begun), status },
    ...(JSON.parse(options) as Options),
  }));
}

/** The windows whose newest attempt is a backfill's own and came to something, as ranges. */
export async function windowsDoneBy(warehouse: OpenWarehouse, backfill: string): Promise<Window[]> {
  if (!(await hasBackfills(warehouse))) return [];
  const schema = ledgerSchema(warehouse);
  return warehouse.db.rows<SqlRow & { start: number; end: number }>(
    `WITH own AS (SELECT pipeline, run_id FROM ${schema}.backfills WHERE backfill = $1),
     done AS (
       SELECT window_start, window_end FROM ${schema}.windows SEMI JOIN own USING (pipeline, run_id)
       WHERE last_attempt_status NOT IN ('failed', 'refused', 'reopened')
     ), marked AS (SELECT *, (lag(window_end) OVER (ORDER BY window_start) IS DISTINCT FROM window_start)::INTEGER AS begins FROM done),
     islands AS (SELECT *, sum(begins) OVER (ORDER BY window_start) AS island FROM marked)
     SELECT epoch_ms(min(window_start)) AS start, epoch_ms(max(window_end)) AS "end" FROM islands GROUP BY island ORDER BY 1`,
    [backfill],
  );
}

async function hasBackfills({ db, catalog }: OpenWarehouse): Promise<boolean> {
  const found = await db.rows(
    "SELECT 1 AS one FROM duckdb_tables() WHERE database_name = $1 AND schema_name = '_kpi' AND table_name = 'backfills'",
    [catalog],
  );
  return found.length > 0;
}
