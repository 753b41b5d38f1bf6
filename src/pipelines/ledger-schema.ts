import { KpiError } from "../core/errors.js";
import { quoteIdentifier } from "../core/sql.js";
import type { OpenWarehouse } from "../core/warehouse.js";

/** Counted up when the ledger's tables change in a way that an older `kpi` would get wrong. */
const VERSION = 1;

/** The ledger's schema on an open warehouse, quoted. */
export function ledgerSchema({ catalog }: OpenWarehouse): string {
  return `${quoteIdentifier(catalog)}."_kpi"`;
}

/** Append-only tables without keys or indexes, so that MotherDuck and lakes take them too. Times are TIMESTAMPTZ, in UTC. */
const TABLES: Readonly<Record<string, string>> = {
  meta: "version INTEGER NOT NULL",
  pipelines: "pipeline VARCHAR NOT NULL, grid VARCHAR, first_hour TIMESTAMPTZ, publishes BIGINT NOT NULL",
  tables: '"table" VARCHAR NOT NULL, pipeline VARCHAR NOT NULL, step VARCHAR NOT NULL',
  runs: "run_id VARCHAR NOT NULL, pipeline VARCHAR NOT NULL, started_at TIMESTAMPTZ NOT NULL, committed_at TIMESTAMPTZ NOT NULL, windows BIGINT NOT NULL, loaded BIGINT NOT NULL, empty BIGINT NOT NULL, failed BIGINT NOT NULL",
  attempts:
    "pipeline VARCHAR NOT NULL, window_start TIMESTAMPTZ, window_end TIMESTAMPTZ, attempt BIGINT NOT NULL, status VARCHAR NOT NULL, reason VARCHAR, source_rows BIGINT, rows BIGINT, sources VARCHAR, outputs VARCHAR, definition VARCHAR, error_code VARCHAR, error VARCHAR, run_id VARCHAR, committed_at TIMESTAMPTZ NOT NULL",
};

/** Attempts of a window are numbered without gaps, so failures since another status are a difference of numbers. */
const WINDOWS_VIEW = `
  SELECT pipeline, window_start, max(window_end) AS window_end,
    coalesce(arg_max(status, attempt) FILTER (WHERE status NOT IN ('failed', 'refused')), 'failed') AS status,
    arg_max(status, attempt) AS last_attempt_status,
    max(attempt) AS attempt,
    max(attempt) - coalesce(max(attempt) FILTER (WHERE status <> 'failed'), 0) AS failures,
    arg_max(source_rows, attempt) FILTER (WHERE status IN ('loaded', 'empty')) AS source_rows,
    arg_max(rows, attempt) FILTER (WHERE status IN ('loaded', 'empty')) AS rows,
    arg_max(definition, attempt) FILTER (WHERE status NOT IN ('failed', 'refused')) AS definition,
    arg_max(error_code, attempt) AS error_code,
    arg_max(error, attempt) AS error,
    arg_max(run_id, attempt) AS run_id,
    arg_max(committed_at, attempt) AS committed_at
  FROM _kpi.attempts WHERE window_start IS NOT NULL GROUP BY pipeline, window_start`;

/** It does not go away while its warehouse is open. */
const withLedger = new WeakSet<OpenWarehouse>();

/** Whether the warehouse holds a ledger. Throws LEDGER_TOO_NEW for one that a newer `kpi` has written. */
export async function hasLedger(warehouse: OpenWarehouse): Promise<boolean> {
  if (withLedger.has(warehouse)) return true;
  const { db, catalog } = warehouse;
  const found = await db.rows(
    "SELECT 1 AS one FROM duckdb_tables() WHERE database_name = $1 AND schema_name = '_kpi' AND table_name = 'meta'",
    [catalog],
  );
  if (found.length === 0) return false;
  const [meta] = await db.rows<{ version: number | null }>(`SELECT max(version) AS version FROM ${ledgerSchema(warehouse)}.meta`);
  const version = meta?.version ?? 0;
  if (version > VERSION) {
    throw new KpiError("LEDGER_TOO_NEW", `Cannot use the warehouse's ledger of version "${version}": this kpi knows version ${VERSION}`, {
      hint: "Upgrade kpi",
    });
  }
  if (version === VERSION) withLedger.add(warehouse);
  return version === VERSION;
}

/** Makes the ledger where there is none. Runs inside the publishing transaction. */
export async function makeLedger(warehouse: OpenWarehouse): Promise<void> {
  if (await hasLedger(warehouse)) return;
  const { db } = warehouse;
  const schema = ledgerSchema(warehouse);
  await db.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  for (const [table, columns] of Object.entries(TABLES)) await db.run(`CREATE TABLE IF NOT EXISTS ${schema}.${table} (${columns})`);
  // the view does not name the catalog: analysts attach the warehouse under names of their own
  await db.run(`CREATE OR REPLACE VIEW ${schema}.windows AS ${WINDOWS_VIEW}`);
  await db.run(`INSERT INTO ${schema}.meta VALUES (${VERSION})`);
}
