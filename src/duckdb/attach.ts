import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../core/database.js";
import { KpiError } from "../core/errors.js";
import { quoteLiteral } from "../core/sql.js";
import { rollBack } from "./roll-back.js";
import { readJournal } from "./rollback-journal.js";

export interface AttachOptions {
  readonly path: string;
  /** The name it gets in the workspace. */
  readonly catalog: string;
  readonly mode: "read" | "write";
  /** How long to wait for another process that holds the file, in ms. */
  readonly wait: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Attaches a DuckDB file, as the checkpoint before a crash left it. Tries until another process lets go or the time is up: DuckDB itself never waits.
 *
 * Throws `WAREHOUSE_HELD`, `WAREHOUSE_INVALID`, `CANNOT_WRITE`.
 */
export async function attach(db: Database, { path, catalog, mode, wait, signal }: AttachOptions): Promise<void> {
  const until = performance.now() + wait;
  const statement = `ATTACH ${quoteLiteral(path)} AS ${catalog}${mode === "read" ? " (READ_ONLY)" : ""}`;
  for (let pause = 20; ; ) {
    const before = tokenBeside(path);
    const refusal = await tried(db, statement);
    if (refusal?.code === "WAREHOUSE_HELD") {
      if (performance.now() + pause > until) throw explain(refusal, path);
      await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
      pause = Math.min(pause * 1.5, 500);
      continue;
    }
    // it could be locked, so whoever left a journal lives no more
    const after = tokenBeside(path);
    if (refusal !== null && (refusal.code !== "WAREHOUSE_INVALID" || (before ?? after) === null)) throw explain(refusal, path);
    if (refusal === null && after === null) return;
    if (refusal === null) await db.run(`DETACH ${catalog}`);
    if (after !== null && after === before) await rollBack(path, after);
  }
}

function tokenBeside(path: string): string | null {
  return readJournal(path)?.contents.token ?? null;
}

async function tried(db: Database, statement: string): Promise<KpiError | null> {
  try {
    await db.run(statement);
    return null;
  } catch (thrown) {
    if (thrown instanceof KpiError) return thrown;
    throw thrown;
  }
}

function explain(error: KpiError, path: string): KpiError {
  const code = error.code === "STEP_FAILED" ? "CANNOT_WRITE" : error.code;
  return new KpiError(code, `Cannot open the warehouse "${path}": ${reason(error)}`, { cause: error, hint: error.hint });
}

function reason({ code, message }: KpiError): string {
  if (code === "WAREHOUSE_INVALID" && !/checksum/.test(message)) return "it is not a DuckDB database";
  if (code !== "WAREHOUSE_HELD") return message;
  const [, program, pid] = /held in (.*?) \(PID (\d+)\)/.exec(message) ?? [];
  return pid === undefined ? "another process holds it" : `process ${pid} (${program}) holds it`;
}
