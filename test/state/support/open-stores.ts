import { join } from "node:path";
import type { StateStore, StateStoreContext } from "../../../src/core/state-store.js";
import type { Warehouse } from "../../../src/core/warehouse.js";
import { databaseFiles } from "../../../src/duckdb/fence.js";
import { openWarehouse } from "../../../src/duckdb/open-warehouse.js";
import { openWorkspace } from "../../../src/duckdb/open-workspace.js";
import duckdb from "../../../src/state/duckdb.js";
import file from "../../../src/state/file.js";
import memory from "../../../src/state/memory.js";

/** For stores that must not touch a warehouse. */
const NO_WAREHOUSE = new Proxy({} as Warehouse, {
  get: () => {
    throw new TypeError("this store has nothing to do with the warehouse");
  },
});

export function contextOf(project: string, options: Partial<StateStoreContext> = {}): StateStoreContext {
  const warn = (code: string, message: string) => {
    throw new Error(`unexpected warning ${code}: ${message}`);
  };
  return { project, warehouse: NO_WAREHOUSE, clock: { now: () => Date.parse("2026-01-01T12:00:00Z") }, warn, ...options };
}

export function openMemoryStore(place: string): Promise<StateStore> {
  return memory.open({}, contextOf(place));
}

export function openFileStore(folder: string, options: Partial<StateStoreContext> = {}): Promise<StateStore> {
  return file.open({ path: "state" }, contextOf(folder, options));
}

/** A warehouse in `folder` and the stores in it. Within one process all share one engine, as in a run. */
export async function openTestWarehouse(folder: string, { wait = 0, scratch = "scratch" } = {}) {
  const path = join(folder, "data", "kpi.duckdb");
  const workspace = await openWorkspace({ scratch: join(folder, scratch), fence: { folders: [], files: databaseFiles(path) } });
  const warehouse = openWarehouse({ workspace, path, wait });
  return {
    warehouse,
    openStore: (options: Partial<StateStoreContext> = {}) => duckdb.open({}, contextOf(folder, { warehouse, ...options })),
    [Symbol.asyncDispose]: () => workspace.close(),
  };
}
