import type { Project, StoreSettings } from "../../core/pipeline.js";

export interface StoreToTry extends Omit<StoreSettings, "name"> {
  /** What it is called: its type for that in use, its name under `stores` for others. */
  readonly title: string;
  /** Its name under `stores`; null for that in use. */
  readonly name: string | null;
}

const LOCAL = ["duckdb", "file", "memory"];

/** The state store in use and those that states may be copied to, each once; `offline`: those on this machine. */
export function storesToTry({ state, stores = new Map() }: Project, offline: boolean): StoreToTry[] {
  const others = [...stores].filter(([, store]) => store.settings !== state.settings);
  const all = [{ ...state, title: state.store, name: null }, ...others.map(([name, store]) => ({ ...store, title: name, name }))];
  return all.filter(({ store }) => !offline || LOCAL.includes(store));
}
