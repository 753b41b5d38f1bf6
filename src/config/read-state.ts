import type { Project, StoreSettings } from "../core/pipeline.js";
import type { Field } from "./field.js";
import { refuseLate } from "./late-settings.js";
import { parseSettings } from "./parse-settings.js";
import { stateSettings } from "./project-settings.js";
import { readStoreSettings, type StoreSources } from "./read-store.js";

interface State {
  readonly store: Project["state"];
  /** The key of a pipeline in the store, `{pipeline}` for its name. */
  readonly name: string;
}

/** Reads `state: { store, name, … }`, the rest being the store's own settings; `store` may be one of `stores`, which has them. */
export async function readState(
  field: Field,
  stores: ReadonlyMap<string, StoreSettings | null>,
  sources: StoreSources,
): Promise<State | null> {
  const own = Object.keys(stateSettings.shape);
  const others = field.entries.map(([key]) => key).filter((key) => !own.includes(key));
  for (const key of own) refuseLate(field.get(key));
  const given = parseSettings(stateSettings, field, { noun: '"state"', without: others });
  if (given === null) return null;
  const named = stores.get(given.store);
  const known = { noun: '"state"', own, named: [...stores.keys()] };
  const open = named === undefined ? await readStoreSettings(field, given.store, { ...sources, ...known }) : named;
  if (open === null) return null;
  for (const key of named === undefined ? [] : others)
    field.get(key)?.keyError(`Cannot use "${key}" here: the settings of store "${given.store}" stand under "stores"`);
  const written = field.get("name") === null ? null : given.name;
  const names = { inForce: written ?? named?.name ?? given.name, written };
  return { store: { store: open.store, settings: open.settings, fill: open.fill, lockTtl: given.lock_ttl, names }, name: names.inForce };
}
