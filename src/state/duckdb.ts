import { z } from "zod";
import type { Database, SqlRow } from "../core/database.js";
import { KpiError } from "../core/errors.js";
import { quoteIdentifier } from "../core/sql.js";
import { defineStateStore, type PipelineState, type StateStore, type StateStoreContext, type StoredState } from "../core/state-store.js";
import { toIso } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import { keyFileName } from "./lib/key-file-name.js";
import { breakLock, readLockHolder } from "./lib/lock-holder.js";
import { nextVersion } from "./lib/next-version.js";
import { requireVersion } from "./lib/require-version.js";
import { PIPELINE_STATE } from "./lib/state-document.js";
import { takeLease } from "./lib/take-lease.js";

export default defineStateStore({
  type: "duckdb",
  summary: "In the warehouse itself, written in the same transaction as the KPIs",
  config: z.strictObject({}),
  examples: [{}],
  open: async (_settings, context) => openStore(context),
});

function openStore(context: StateStoreContext): StateStore {
  const { warehouse } = context;
  const now = () => toIso(context.clock.now());
  return {
    read: (key) => warehouse.read((open) => readState(open, key.normalize("NFC"), context)),
    write: async (name, value, expected, by) => {
      const key = name.normalize("NFC");
      return warehouse.publish(async (open) => {
        await makeTable(open);
        requireVersion(key, (await readState(open, key, context))?.version ?? null, expected);
        return putState(open, key, { value, version: nextVersion(expected), updated_at: now(), updated_by: by });
      });
    },
    remove: (name, expected) =>
      warehouse.publish(async (open) => {
        const key = name.normalize("NFC");
        requireVersion(key, (await readState(open, key, context))?.version ?? null, expected);
        await open.db.run(`DELETE FROM ${table(open)} WHERE key = $1`, [key]);
      }),
    list: async () => (await warehouse.read(listKeys)) ?? [],
    lock: async (key, request) => takeLease(lockPath(context, key), key, request),
    holder: async (key) => readLockHolder(lockPath(context, key)),
    unlock: async (key, id) => breakLock(lockPath(context, key), id),
    writeInside: async (db, catalog, name, value, by) => {
      const open = { db, catalog };
      const key = name.normalize("NFC");
      await makeTable(open);
      const stored = await readState(open, key, context);
      const kept = { ...stored?.value, ...value };
      await putState(open, key, { value: kept, version: nextVersion(stored?.version ?? null), updated_at: now(), updated_by: by });
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function lockPath({ warehouse: { path, name } }: StateStoreContext, key: string): string {
  if (path !== null) return `${path}.${keyFileName(key)}.lock`;
  throw new KpiError("CONFIG_INVALID", `Cannot lock "${key}" beside the warehouse "${name}": it is not a file`, {
    hint: "Choose another store under `state:`",
  });
}

function table({ catalog }: Pick<OpenWarehouse, "catalog">): string {
  return `${quoteIdentifier(catalog)}."_kpi"."state"`;
}

async function hasTable({ db, catalog }: OpenWarehouse): Promise<boolean> {
  const where = "database_name = $1 AND schema_name = '_kpi' AND table_name = 'state'";
  return (await db.rows(`SELECT 1 AS one FROM duckdb_tables() WHERE ${where}`, [catalog])).length > 0;
}

async function makeTable(open: OpenWarehouse): Promise<void> {
  if (await hasTable(open)) return;
  await open.db.run(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(open.catalog)}."_kpi"`);
  await open.db.run(
    `CREATE TABLE ${table(open)} (key VARCHAR NOT NULL, value VARCHAR NOT NULL, version VARCHAR NOT NULL, updated_at TIMESTAMPTZ NOT NULL, updated_by VARCHAR NOT NULL)`,
  );
}

interface StateRow extends SqlRow {
  readonly value: string;
  readonly version: string;
  readonly updated_at: string;
  readonly updated_by: string;
}

async function readState(open: OpenWarehouse, key: string, { warn }: StateStoreContext): Promise<StoredState | null> {
  if (!(await hasTable(open))) return null;
  const [row] = await open.db.rows<StateRow>(`SELECT value, version, updated_at, updated_by FROM ${table(open)} WHERE key = $1`, [key]);
  if (row === undefined) return null;
  const value = parseState(row.value);
  if (value === null) warn("STATE_CORRUPT", `The state of "${key}" in the warehouse was corrupt and counts as none: ${row.value}`);
  return value === null ? null : { ...row, value };
}

function parseState(text: string): PipelineState | null {
  try {
    return PIPELINE_STATE.parse(JSON.parse(text)) as PipelineState;
  } catch {
    return null;
  }
}

/** Portable on purpose: neither keys nor ON CONFLICT, which hosted warehouses and lakes do not all have. */
async function putState(open: { db: Database; catalog: string }, key: string, state: StoredState): Promise<string> {
  await open.db.run(`DELETE FROM ${table(open)} WHERE key = $1`, [key]);
  await open.db.run(`INSERT INTO ${table(open)} VALUES ($1, $2, $3, $4::TIMESTAMPTZ, $5)`, [
    key,
    JSON.stringify(state.value),
    state.version,
    state.updated_at,
    state.updated_by,
  ]);
  return state.version;
}

async function listKeys(open: OpenWarehouse): Promise<string[]> {
  if (!(await hasTable(open))) return [];
  const rows = await open.db.rows<{ key: string }>(`SELECT key FROM ${table(open)}`);
  return rows.map(({ key }) => key).sort();
}
