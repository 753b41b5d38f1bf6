import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database, Workspace } from "../core/database.js";
import { KpiError } from "../core/errors.js";
import { quoteLiteral } from "../core/sql.js";
import type { OpenWarehouse, Warehouse } from "../core/warehouse.js";
import { makeFolder } from "./make-folder.js";

export interface WarehouseOptions {
  /** The workspace whose DuckDB attaches it: two engines of one process on one file would break its lock. */
  readonly workspace: Workspace;
  /** Absolute. */
  readonly path: string;
  /** How long to wait for another process that holds the file, in ms. */
  readonly wait: number;
  readonly signal?: AbortSignal;
}

const CATALOG = "warehouse";
const FACTS = { checkpoint: true, fileLock: true, appender: true, maxTransaction: null } as const;

/** A DuckDB file as the warehouse: attached to read or to publish, detached right after. */
export function openWarehouse({ workspace, path, wait, signal }: WarehouseOptions): Warehouse {
  const use = inTurn();

  const attached = <Result>(mode: "read" | "write", work: (warehouse: OpenWarehouse) => Promise<Result>): Promise<Result> =>
    use(async () => {
      await using db = await workspace.connect(signal);
      await attach(db, path, mode, wait, signal);
      try {
        return await work({ db, catalog: CATALOG });
      } finally {
        await detach(workspace);
      }
    });

  return {
    facts: FACTS,
    name: path,
    path,
    read: async (work) => (existsSync(path) ? attached("read", work) : null),
    publish: async (work) => {
      await makeFolder(dirname(path));
      return attached("write", (warehouse) => warehouse.db.transaction(() => work(warehouse)));
    },
  };
}

/** Tries until the other process lets go or the time is up. DuckDB itself never waits. */
async function attach(db: Database, path: string, mode: "read" | "write", wait: number, signal?: AbortSignal): Promise<void> {
  const until = performance.now() + wait;
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 500)) {
    try {
      await db.run(`ATTACH ${quoteLiteral(path)} AS ${CATALOG}${mode === "read" ? " (READ_ONLY)" : ""}`);
      return;
    } catch (thrown) {
      if (!(thrown instanceof KpiError)) throw thrown;
      if (thrown.code !== "WAREHOUSE_HELD" || performance.now() + pause > until) throw explain(thrown, path);
      await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/** Folds the log into the file and lets it go. On a connection of its own: the one that worked may have been interrupted, and the file must be let go all the same. */
async function detach(workspace: Workspace): Promise<void> {
  await using db = await workspace.connect();
  await db.run(`DETACH ${CATALOG}`);
}

function explain(error: KpiError, path: string): KpiError {
  const details = { cause: error, hint: error.hint };
  if (error.code === "WAREHOUSE_HELD")
    return new KpiError("WAREHOUSE_HELD", `Cannot open the warehouse "${path}": ${holder(error.message)}`, details);
  if (error.code === "WAREHOUSE_INVALID")
    return new KpiError("WAREHOUSE_INVALID", `Cannot open the warehouse "${path}": it is not a DuckDB database`, details);
  return new KpiError(
    error.code === "STEP_FAILED" ? "CANNOT_WRITE" : error.code,
    `Cannot open the warehouse "${path}": ${error.message}`,
    details,
  );
}

function holder(message: string): string {
  const [, program, pid] = /held in (.*?) \(PID (\d+)\)/.exec(message) ?? [];
  return pid === undefined ? "another process holds it" : `process ${pid} (${program}) holds it`;
}

/** Lets one piece of work go at a time, in the order of asking. */
function inTurn(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
