import type { StateStore, StateStoreContext } from "../../../src/core/state-store.js";
import type { Warehouse } from "../../../src/core/warehouse.js";
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
