import type { FieldCount } from "../core/node.js";
import { timestampLiteral } from "../core/sql.js";
import type { Instant } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import type { Window } from "../core/window.js";
import { hasLedger, ledgerSchema } from "./ledger-schema.js";

/** By step, then field: what a window's sources held when it was tried. */
export type Sources = Readonly<Record<string, Readonly<Record<string, FieldCount>>>>;

/** What the ledger keeps of one window's sources. */
export interface KeptSources extends Window {
  /** The number of the newest attempt. */
  readonly attempt: number;
  /** Of the newest attempt that loaded something or found nothing. */
  readonly sources: Sources;
  /** Of the newest attempt of all, where that was refused. */
  readonly refused: Sources | null;
}

/** Reads the sources of windows that start in a stretch of time and were loaded or empty under a definition, in order. */
export async function readSources(
  warehouse: OpenWarehouse,
  pipeline: string,
  definition: string,
  { start, end }: Window,
): Promise<KeptSources[]> {
  if (!(await hasLedger(warehouse))) return [];
  const done = "FILTER (WHERE status IN ('loaded', 'empty'))";
  const rows = await warehouse.db.rows<{ start: Instant; end: Instant; attempt: number; sources: string; refused: string | null }>(
    `SELECT epoch_ms(window_start) AS start, epoch_ms(max(window_end)) AS "end", max(attempt) AS attempt,
       arg_max(sources, attempt) ${done} AS sources,
       CASE WHEN arg_max(status, attempt) = 'refused' THEN arg_max(sources, attempt) END AS refused
     FROM ${ledgerSchema(warehouse)}.attempts
     WHERE pipeline = $1 AND window_start >= ${timestampLiteral(start)} AND window_start < ${timestampLiteral(end)}
     GROUP BY window_start HAVING arg_max(definition, attempt) ${done} = $2 ORDER BY 1`,
    [pipeline, definition],
  );
  return rows.map((row) => ({ ...row, sources: JSON.parse(row.sources), refused: row.refused === null ? null : JSON.parse(row.refused) }));
}
