import { join } from "node:path";
import type { StateStoreContext } from "../../../src/core/state-store.js";
import { databaseFiles } from "../../../src/duckdb/fence.js";
import { openWarehouse } from "../../../src/duckdb/open-warehouse.js";
import { openWorkspace } from "../../../src/duckdb/open-workspace.js";
import duckdb from "../../../src/state/duckdb.js";
import { contextOf } from "./open-stores.js";

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
