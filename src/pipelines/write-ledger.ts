import { timestampLiteral } from "../core/sql.js";
import type { Instant } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import type { Window } from "../core/window.js";
import type { AttemptStatus } from "./ledger-range.js";
import { ledgerSchema, makeLedger } from "./ledger-schema.js";
import { tableName } from "./read-ledger.js";

/** One try at a window (null: a workflow's run) with its outcome; never changed once written. */
export interface Attempt {
  readonly window: Window | null;
  readonly attempt: number;
  readonly status: AttemptStatus;
  readonly reason: string | null;
  readonly sourceRows: number | null;
  readonly rows: number | null;
  /** JSON, by step and field: `{ values, count, method }`. */
  readonly sources: unknown;
  /** JSON, by table: `{ rows }`. */
  readonly outputs: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** What all attempts of one transaction share. */
export interface Publication {
  readonly pipeline: string;
  readonly definition: string | null;
  readonly runId: string | null;
  readonly at: Instant;
  /** Takes secrets out of errors, in which a source may have echoed them. */
  scrub(text: string): string;
}

/** What differs between the attempts of one transaction, as they are handed over: a value for each parameter would cost more than all the rest. */
const ATTEMPT_ROWS = JSON.stringify([
  {
    start: "BIGINT",
    end: "BIGINT",
    attempt: "BIGINT",
    status: "VARCHAR",
    reason: "VARCHAR",
    source_rows: "BIGINT",
    rows: "BIGINT",
    sources: "VARCHAR",
    outputs: "VARCHAR",
    error_code: "VARCHAR",
    error: "VARCHAR",
  },
]);

/** Adds attempts. */
export async function appendAttempts(
  warehouse: OpenWarehouse,
  { pipeline, definition, runId, at, scrub }: Publication,
  attempts: readonly Attempt[],
): Promise<void> {
  const rows = attempts.map(({ window, attempt, status, reason, sourceRows, rows: made, sources, outputs, error }) => ({
    start: window?.start ?? null,
    end: window?.end ?? null,
    attempt,
    status,
    reason,
    source_rows: sourceRows,
    rows: made,
    sources: json(sources),
    outputs: json(outputs),
    error_code: error?.code ?? null,
    error: error === null ? null : wellFormed(scrub(error.message)),
  }));
  await warehouse.db.run(
    `INSERT INTO ${ledgerSchema(warehouse)}.attempts
     SELECT $1, make_timestamptz(start * 1000), make_timestamptz("end" * 1000), attempt, status, reason, source_rows, rows, sources, outputs, $2, error_code, error, $3, ${timestampLiteral(at)}
     FROM (SELECT unnest(from_json($4::JSON, '${ATTEMPT_ROWS}'), recursive := true))`,
    [pipeline, definition, runId, JSON.stringify(rows)],
  );
}

/** Half a character, which may be left of a text that was cut, is none in JSON. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function json(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** Counts up the row of a pipeline that has one: two publishers of one pipeline always conflict on it. */
export async function countUp(warehouse: OpenWarehouse, pipeline: string): Promise<void> {
  await warehouse.db.run(`UPDATE ${ledgerSchema(warehouse)}.pipelines SET publishes = publishes + 1 WHERE pipeline = $1`, [pipeline]);
}

/** Makes sure that the pipeline has its row in the ledger, and counts it up. */
export async function claimPipeline(
  warehouse: OpenWarehouse,
  pipeline: string,
  facts: { readonly grid?: string; readonly firstHour?: Instant } = {},
): Promise<void> {
  await makeLedger(warehouse);
  const schema = ledgerSchema(warehouse);
  const firstHour = facts.firstHour === undefined ? "first_hour" : timestampLiteral(facts.firstHour);
  const changed = await warehouse.db.run(
    `UPDATE ${schema}.pipelines SET publishes = publishes + 1, grid = coalesce($2::VARCHAR, grid), first_hour = ${firstHour} WHERE pipeline = $1`,
    [pipeline, facts.grid ?? null],
  );
  if (changed === 0) {
    const first = facts.firstHour === undefined ? "NULL" : timestampLiteral(facts.firstHour);
    await warehouse.db.run(`INSERT INTO ${schema}.pipelines VALUES ($1, $2::VARCHAR, ${first}, 1)`, [pipeline, facts.grid ?? null]);
  }
}

/** Remembers which step publishes to which table. */
export async function registerTables(warehouse: OpenWarehouse, pipeline: string, tables: ReadonlyMap<string, string>): Promise<void> {
  for (const [table, step] of tables) {
    await warehouse.db.run(
      `INSERT INTO ${ledgerSchema(warehouse)}.tables SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM ${ledgerSchema(warehouse)}.tables WHERE "table" = $1 AND pipeline = $2)`,
      [tableName(table), pipeline, step],
    );
  }
}

/** Writes a run's row, with its last commit. */
export async function recordRun(
  warehouse: OpenWarehouse,
  run: {
    readonly id: string;
    readonly pipeline: string;
    readonly startedAt: Instant;
    readonly at: Instant;
    readonly loaded: number;
    readonly empty: number;
    readonly failed: number;
    readonly windows: number;
  },
): Promise<void> {
  await warehouse.db.run(
    `INSERT INTO ${ledgerSchema(warehouse)}.runs VALUES ($1, $2, ${timestampLiteral(run.startedAt)}, ${timestampLiteral(run.at)}, $3, $4, $5, $6)`,
    [run.id, run.pipeline, run.windows, run.loaded, run.empty, run.failed],
  );
}

/** What the ledger knows of a span's windows at the moment of publishing. */
export interface NewestAttempt {
  readonly attempt: number;
  /** Rows of the newest attempt that loaded something or found nothing; null where there is none. */
  readonly rows: number | null;
}

export async function newestAttempts(
  warehouse: OpenWarehouse,
  pipeline: string,
  { start, end }: Window,
): Promise<ReadonlyMap<Instant, NewestAttempt>> {
  const rows = await warehouse.db.rows<{ start: number; attempt: number; rows: number | null }>(
    `SELECT epoch_ms(window_start) AS start, max(attempt) AS attempt, arg_max(rows, attempt) FILTER (WHERE status IN ('loaded', 'empty')) AS rows
     FROM ${ledgerSchema(warehouse)}.attempts
     WHERE pipeline = $1 AND window_start >= ${timestampLiteral(start)} AND window_start < ${timestampLiteral(end)} GROUP BY window_start`,
    [pipeline],
  );
  return new Map(rows.map(({ start: at, attempt, rows: count }) => [at, { attempt, rows: count }]));
}

/** The newest attempt of a workflow, whose attempts have no window; number 0 before the first. */
export async function newestWorkflowAttempt(warehouse: OpenWarehouse, pipeline: string): Promise<NewestAttempt> {
  const [row] = await warehouse.db.rows<{ attempt: number; rows: number | null }>(
    `SELECT coalesce(max(attempt), 0) AS attempt, arg_max(rows, attempt) FILTER (WHERE status = 'loaded') AS rows
     FROM ${ledgerSchema(warehouse)}.attempts WHERE pipeline = $1 AND window_start IS NULL`,
    [pipeline],
  );
  return row ?? { attempt: 0, rows: null };
}
