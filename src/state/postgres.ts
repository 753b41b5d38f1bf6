import { z } from "zod";
import { KpiError } from "../core/errors.js";
import { defineStateStore, type PipelineState, type StateStore, type StateStoreContext, type StoredState } from "../core/state-store.js";
import { toIso } from "../core/time.js";
import { loadPackage } from "./lib/load-package.js";
import { nextVersion } from "./lib/next-version.js";
import { openPostgresClient, type PostgresClient } from "./lib/postgres-client.js";
import { PostgresLocks } from "./lib/postgres-locks.js";
import { PostgresTables } from "./lib/postgres-tables.js";
import { requireVersion } from "./lib/require-version.js";
import { settleWrite } from "./lib/settle-write.js";
import { PIPELINE_STATE } from "./lib/state-document.js";
import { tryAgain } from "./lib/try-again.js";

const settings = z.strictObject({
  url: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must be postgres://USER:PASSWORD@HOST:PORT/DATABASE")
    .meta({ secret: true })
    .describe("`postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with `?sslmode=verify-full` where the way there is not your own"),
  schema: z.string().min(1).max(63).default("kpi").describe("The schema of the tables, made when it is not there"),
  table: z.string().min(1).max(57).default("state").describe("The table of the states; that of the locks is called like it, with `_locks`"),
});

export default defineStateStore({
  type: "postgres",
  summary: "Rows of a Postgres database, for runs on machines that come and go",
  config: settings,
  examples: [
    { url: "postgres://kpi@db.example.com/kpi" },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, as it is written in the file
    { url: "${STATE_URL}", schema: "plant_7" },
  ],
  open: async ({ url, schema, table }, context) => {
    const pg = loadPackage<typeof import("pg")>("pg", "postgres");
    const client = openPostgresClient(pg, url);
    return openStore(client, new PostgresTables(client, schema, table), context);
  },
});

function openStore(client: PostgresClient, tables: PostgresTables, context: StateStoreContext): StateStore {
  const locks = new PostgresLocks(client, tables);
  const read = (key: string) => readState(client, tables, key);
  /** Runs a statement over what is `expected`, whose text gives a row where it changed one. `left` is the version that it leaves. */
  const change = async (key: string, expected: string | null, left: string | null, statement: Statement) => {
    const attempt = async () => (await tables.change(() => client.rows(statement.sql, statement.values))).length > 0;
    const made = await settleWrite(attempt, async () => {
      const version = (await read(key))?.version ?? null;
      return version === left ? "ours" : version === expected ? "as before" : "others'";
    });
    if (!made) requireVersion(key, (await read(key))?.version ?? null, expected);
  };
  return {
    read: (name) => read(name.normalize("NFC")),
    write: async (name, value, expected, by) => {
      const key = name.normalize("NFC");
      const version = nextVersion(expected);
      const state = { value, version, updated_at: toIso(context.clock.now()), updated_by: by };
      await change(key, expected, version, writing(tables, key, state, expected));
      return version;
    },
    remove: (name, expected) => {
      const key = name.normalize("NFC");
      const sql = `DELETE FROM ${tables.states} WHERE key = $1 AND version = $2 RETURNING key`;
      return change(key, expected, null, { sql, values: [key, expected] });
    },
    list: async () => {
      const rows = await tables.read(() => tryAgain(() => client.rows<{ key: string }>(`SELECT key FROM ${tables.states}`)));
      return rows.map(({ key }) => key).sort();
    },
    lock: (name, request) => locks.take(name.normalize("NFC"), request),
    holder: (name) => locks.holder(name.normalize("NFC")),
    unlock: (name, id) => locks.remove(name.normalize("NFC"), id),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

function writing({ states }: PostgresTables, key: string, state: StoredState, expected: string | null): Statement {
  const values = [key, JSON.stringify(state.value), state.version, state.updated_at, state.updated_by];
  if (expected === null) {
    return { sql: `INSERT INTO ${states} VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key) DO NOTHING RETURNING key`, values };
  }
  const sql = `UPDATE ${states} SET value = $2, version = $3, updated_at = $4, updated_by = $5 WHERE key = $1 AND version = $6 RETURNING key`;
  return { sql, values: [...values, expected] };
}

interface StateRow {
  readonly value: unknown;
  readonly version: string;
  readonly updated_at: Date;
  readonly updated_by: string;
}

async function readState(client: PostgresClient, tables: PostgresTables, key: string): Promise<StoredState | null> {
  const sql = `SELECT value, version, updated_at, updated_by FROM ${tables.states} WHERE key = $1`;
  const [row] = await tables.read(() => tryAgain(() => client.rows<StateRow>(sql, [key])));
  if (row === undefined) return null;
  const { success, data } = PIPELINE_STATE.safeParse(row.value);
  if (success) return { ...row, value: data as PipelineState, updated_at: toIso(row.updated_at.getTime()) };
  throw new KpiError(
    "CONFIG_INVALID",
    `Cannot read the state of "${key}" in the table ${tables.states}: its value is no pipeline's state`,
    {
      hint: "Delete the row: the next run takes the cursor from the warehouse's ledger",
    },
  );
}
