import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Database, Workspace } from "../core/database.js";
import type { OpenWarehouse, Warehouse } from "../core/warehouse.js";
import { attach } from "./attach.js";
import { makeDatabase } from "./make-database.js";
import { makeFolder } from "./make-folder.js";
import { keepJournal, removeJournal } from "./rollback-journal.js";

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
      await attach(db, { path, catalog: CATALOG, mode, wait, signal });
      try {
        return await work({ db, catalog: CATALOG });
      } finally {
        await beside(workspace, (other) => other.run(`DETACH ${CATALOG}`));
      }
    });

  return {
    facts: FACTS,
    name: path,
    path,
    read: async (work) => (existsSync(path) ? attached("read", work) : null),
    publish: async (work) => {
      await makeFolder(dirname(path));
      await makeDatabase(workspace, path);
      let letGo: (() => void) | undefined;
      try {
        return await attached("write", async (warehouse) => {
          letGo = await keepJournal(warehouse, path);
          try {
            return await warehouse.db.transaction(() => work(warehouse));
          } finally {
            await fold(workspace, path);
          }
        });
      } finally {
        letGo?.();
      }
    },
  };
}

/** Folds the log into the file, and takes the journal away while the file is still held: one that is found later was left by a crash. */
async function fold(workspace: Workspace, path: string): Promise<void> {
  await beside(workspace, (db) => db.run(`CHECKPOINT ${CATALOG}`));
  removeJournal(path);
}

/** On a connection of its own: the one that worked may have been interrupted, and the file must be folded and let go all the same. */
async function beside(workspace: Workspace, work: (db: Database) => Promise<unknown>): Promise<void> {
  await using db = await workspace.connect();
  await work(db);
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
