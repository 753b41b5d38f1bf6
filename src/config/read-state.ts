import type { Catalogue } from "../core/catalogue.js";
import type { Project } from "../core/pipeline.js";
import { absolute } from "./absolute.js";
import type { Field } from "./field.js";
import { offer } from "./offer.js";
import { parseSettings } from "./parse-settings.js";
import { stateSettings } from "./project-settings.js";

interface State {
  readonly store: Project["state"];
  /** The key of a pipeline in the store, `{pipeline}` for its name. */
  readonly name: string;
}

/** Reads `state: { store, name, … }`, the rest being the store's own settings. */
export async function readState(field: Field, catalogue: Catalogue, root: string): Promise<State | null> {
  const own = Object.keys(stateSettings.shape);
  const others = field.entries.map(([key]) => key).filter((key) => !own.includes(key));
  const given = parseSettings(stateSettings, field, { noun: '"state"', without: others });
  if (given === null) return null;
  const load = Object.hasOwn(catalogue.stateStores, given.store) ? catalogue.stateStores[given.store] : undefined;
  if (load === undefined) {
    (field.get("store") ?? field).error(`Unknown state store "${given.store}"`, offer(given.store, Object.keys(catalogue.stateStores)));
    return null;
  }
  const { config } = (await load()).default;
  const settings = parseSettings(config, field, { noun: '"state"', without: own });
  if (settings === null) return null;
  const path = typeof settings.path === "string" ? { path: absolute(settings.path, root) } : {};
  return { store: { store: given.store, settings: { ...settings, ...path }, lockTtl: given.lock_ttl }, name: given.name };
}
