import type { SqlRow } from "../core/database.js";
import type { HourStatus } from "../core/reports.js";
import { timestampLiteral } from "../core/sql.js";
import type { Instant } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import { hasLedger, ledgerSchema } from "./ledger-schema.js";

/** Adjacent windows of the ledger that look alike from outside. */
export interface HoursOfLedger {
  readonly from: Instant;
  readonly to: Instant;
  readonly windows: number;
  readonly status: HourStatus;
  readonly last: string | null;
  readonly rows: number;
  /** Quarters of the usual number of rows, rounded down, at most 3; null where no rows are expected. */
  readonly quarters: number | null;
}

export interface LedgerHours {
  readonly ranges: readonly HoursOfLedger[];
  readonly usualRows: number | null;
}

/**
 * A window that was opened again is missing until it is done. One that was opened again and then failed is failed.
 * Loaded and empty windows whose newest attempt was for late data and came to nothing are late; those of another definition are stale.
 */
const STATUS = `CASE
  WHEN status = 'failed' OR (status = 'reopened' AND last_attempt_status IN ('failed', 'refused')) THEN 'failed'
  WHEN status = 'reopened' THEN 'missing'
  WHEN status = 'skipped' AND error_code = 'NOT_REPLAYABLE' THEN 'not_replayable'
  WHEN status IN ('loaded', 'empty') AND (window_start, attempt) IN (SELECT (window_start, attempt) FROM late) THEN 'late'
  WHEN status IN ('loaded', 'empty') AND definition IS DISTINCT FROM $2 THEN 'stale'
  ELSE status END`;

/** Reads what the ledger knows of windows that start in `[from, to)`, as ranges made by SQL: where one begins is found in one pass, the rest by differences. */
export async function readHours(
  warehouse: OpenWarehouse,
  {
    pipeline,
    definition,
    from,
    to,
  }: { readonly pipeline: string; readonly definition: string; readonly from: Instant; readonly to: Instant },
): Promise<LedgerHours> {
  if (!(await hasLedger(warehouse))) return { ranges: [], usualRows: null };
  const rows = await warehouse.db.rows<SqlRow & HoursOfLedger & { usual: number | null }>(
    `WITH late AS (
       SELECT window_start, attempt FROM ${ledgerSchema(warehouse)}.attempts
       WHERE pipeline = $1 AND reason = 'late' AND status IN ('failed', 'refused')
     ), hours AS MATERIALIZED (
       SELECT window_start, window_end, ${STATUS} AS status, last_attempt_status AS last, status = 'loaded' AS loaded, coalesce(rows, 0) AS rows
       FROM ${ledgerSchema(warehouse)}.windows
       WHERE pipeline = $1 AND window_start >= ${timestampLiteral(from)} AND window_start < ${timestampLiteral(to)}
     ), usual AS (SELECT quantile_disc(rows, 0.5) FILTER (WHERE loaded AND rows > 0) AS usual FROM hours),
     shaded AS (
       SELECT *, CASE WHEN loaded AND usual IS NOT NULL THEN least(3, (rows * 4) // usual) END AS quarters, hash(status, last, quarters) AS kind
       FROM hours, usual
     ), marked AS (
       SELECT *, row_number() OVER ordered AS nth, sum(rows) OVER ordered AS total, lag(window_end) OVER ordered AS before,
         lag(kind) OVER ordered IS DISTINCT FROM kind AS differs
       FROM shaded WINDOW ordered AS (ORDER BY window_start ROWS UNBOUNDED PRECEDING)
     ), heads AS (
       SELECT *, nth - 1 AS passed, total - rows AS passed_rows FROM marked WHERE differs OR before IS DISTINCT FROM window_start
     ), whole AS (SELECT max(window_end) AS until, count(*) AS windows, sum(rows) AS rows FROM hours)
     SELECT epoch_ms(window_start) AS "from", epoch_ms(coalesce(lead(before) OVER ordered, until)) AS "to",
       coalesce(lead(passed) OVER ordered, whole.windows) - passed AS windows, status, last, quarters,
       (coalesce(lead(passed_rows) OVER ordered, whole.rows) - passed_rows)::BIGINT AS rows, usual
     FROM heads, whole WINDOW ordered AS (ORDER BY nth) ORDER BY nth`,
    [pipeline, definition],
  );
  return { ranges: rows.map(({ usual: _, ...range }) => range), usualRows: rows[0]?.usual ?? null };
}
