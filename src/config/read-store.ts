import type { Catalogue } from "../core/catalogue.js";
import type { StoreSettings } from "../core/pipeline.js";
import type { SecretSource } from "../core/secret-source.js";
import { absolute } from "./absolute.js";
import { type Field, isMap } from "./field.js";
import { lateSettings, refuseLate } from "./late-settings.js";
import { Names } from "./names.js";
import { offer } from "./offer.js";
import { parseSettings } from "./parse-settings.js";
import { storeSettings } from "./project-settings.js";
import { describe } from "./wording.js";

export interface StoreSources {
  readonly catalogue: Catalogue;
  /** Absolute. */
  readonly root: string;
}

/** Reads `stores:`, the places where states may be kept besides the one of `state:`; null for one with errors. */
export async function readStores(field: Field, sources: StoreSources): Promise<ReadonlyMap<string, StoreSettings | null>> {
  const stores = new Map<string, StoreSettings | null>();
  if (field.located.broken) return stores;
  if (!isMap(field.value)) field.error(`Cannot use ${describe(field.value)} as "stores": must be a map`);
  const names = new Names("store");
  for (const [key, each] of field.entries) {
    const name = names.take(key, each);
    const isType = name !== null && Object.hasOwn(sources.catalogue.stateStores, name);
    if (isType) each.keyError(`Cannot call a store "${name}": that is a type of stores`, "Give it a name of your own");
    const store = await readNamed(key, each, sources);
    if (name !== null) stores.set(name, store);
  }
  return stores;
}

async function readNamed(name: string, field: Field, sources: StoreSources): Promise<StoreSettings | null> {
  const noun = `store "${name}"`;
  const own = Object.keys(storeSettings.shape);
  const others = field.entries.map(([key]) => key).filter((key) => !own.includes(key));
  for (const key of own) refuseLate(field.get(key));
  const given = parseSettings(storeSettings, field, { noun, without: others });
  if (given === null) return null;
  const settings = await readStoreSettings(field, given.store, { ...sources, noun, own });
  return settings === null ? null : { ...settings, name: given.name ?? null };
}

interface Owner {
  readonly noun: string;
  readonly own: readonly string[];
  /** Names that might have been meant instead of a type. */
  readonly named?: readonly string[];
}

/** Reads the settings of a store of some type from a map whose keys are also `own` ones of somebody else. */
export async function readStoreSettings(
  field: Field,
  type: string,
  { catalogue, root, noun, own, named = [] }: StoreSources & Owner,
): Promise<Omit<StoreSettings, "name"> | null> {
  const load = Object.hasOwn(catalogue.stateStores, type) ? catalogue.stateStores[type] : undefined;
  if (load === undefined)
    return (field.get("store") ?? field).error(
      `Unknown state store "${type}"`,
      offer(type, [...named, ...Object.keys(catalogue.stateStores)]),
    );
  const { config } = (await load()).default;
  const errors = field.findings.count;
  const settings = parseSettings(config, field, { noun, without: own });
  const fill = lateSettings(config, field, noun, own);
  if (field.findings.count > errors || (settings === null && fill === undefined)) return null;
  const filled = fill && { fill: async (secrets: SecretSource) => withPath(await fill(secrets), root) };
  return { store: type, settings: withPath(settings ?? {}, root), ...filled };
}

function withPath(settings: Readonly<Record<string, unknown>>, root: string): Readonly<Record<string, unknown>> {
  return typeof settings.path === "string" ? { ...settings, path: absolute(settings.path, root) } : settings;
}
