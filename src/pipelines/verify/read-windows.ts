import { timestampLiteral } from "../../core/sql.js";
import type { Instant } from "../../core/time.js";
import type { OpenWarehouse } from "../../core/warehouse.js";
import type { Window } from "../../core/window.js";
import type { WindowStatus } from "../ledger-range.js";
import { hasLedger, ledgerSchema } from "../ledger-schema.js";
import type { Sources } from "../read-sources.js";

/** What the ledger knows of one window. */
export interface LedgerWindow {
  readonly status: WindowStatus;
  /** Of the newest attempt that loaded something or found nothing: values read. */
  readonly sourceRows: number | null;
  readonly sources: Sources;
  /** By table, the rows it published there. */
  readonly outputs: Readonly<Record<string, { readonly rows: number }>>;
}

/** Reads what the ledger knows of windows that start in a stretch of time. */
export async function readWindows(
  warehouse: OpenWarehouse,
  pipeline: string,
  { start, end }: Window,
): Promise<ReadonlyMap<Instant, LedgerWindow>> {
  if (!(await hasLedger(warehouse))) return new Map();
  const done = "FILTER (WHERE status IN ('loaded', 'empty'))";
  const rows = await warehouse.db.rows<{
    start: Instant;
    status: WindowStatus;
    source_rows: number | null;
    sources: string | null;
    outputs: string | null;
  }>(
    `SELECT epoch_ms(window_start) AS start, coalesce(arg_max(status, attempt) FILTER (WHERE status NOT IN ('failed', 'refused')), 'failed') AS status,
       arg_max(source_rows, attempt) ${done} AS source_rows, arg_max(sources, attempt) ${done} AS sources, arg_max(outputs, attempt) ${done} AS outputs
     FROM ${ledgerSchema(warehouse)}.attempts
     WHERE pipeline = $1 AND window_start >= ${timestampLiteral(start)} AND window_start < ${timestampLiteral(end)} GROUP BY window_start`,
    [pipeline],
  );
  return new Map(
    rows.map(({ start: at, status, source_rows: sourceRows, sources, outputs }) => [
      at,
      { status, sourceRows, sources: JSON.parse(sources ?? "{}"), outputs: JSON.parse(outputs ?? "{}") },
    ]),
  );
}
