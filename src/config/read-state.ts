import type { Catalogue } from "../core/catalogue.js";
import type { Project } from "../core/pipeline.js";
import type { SecretSource } from "../core/secret-source.js";
import { absolute } from "./absolute.js";
import type { Field } from "./field.js";
import { lateSettings, refuseLate } from "./late-settings.js";
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
  for (const key of own) refuseLate(field.get(key));
  const given = parseSettings(stateSettings, field, { noun: '"state"', without: others });
  if (given === null) return null;
  const load = Object.hasOwn(catalogue.stateStores, given.store) ? catalogue.stateStores[given.store] : undefined;
  if (load === undefined) {
    (field.get("store") ?? field).error(`Unknown state store "${given.store}"`, offer(given.store, Object.keys(catalogue.stateStores)));
    return null;
  }
  const { config } = (await load()).default;
  const errors = field.findings.count;
  const settings = parseSettings(config, field, { noun: '"state"', without: own });
  const fill = lateSettings(config, field, '"state"', own);
  if (field.findings.count > errors || (settings === null && fill === undefined)) return null;
  const fixed = withPath(settings ?? {}, root);
  const filled = fill && { fill: async (secrets: SecretSource) => withPath(await fill(secrets), root) };
  return { store: { store: given.store, settings: fixed, lockTtl: given.lock_ttl, ...filled }, name: given.name };
}

function withPath(settings: Readonly<Record<string, unknown>>, root: string): Readonly<Record<string, unknown>> {
  return typeof settings.path === "string" ? { ...settings, path: absolute(settings.path, root) } : settings;
}
