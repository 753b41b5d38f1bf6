import type { Catalogue } from "../core/catalogue.js";
import { KpiError } from "../core/errors.js";
import { nearest } from "../core/nearest.js";
import type { Project, StoreSettings } from "../core/pipeline.js";
import type { SecretSource } from "../core/secret-source.js";
import type { StateStore, StateStoreContext } from "../core/state-store.js";
import { catalogue } from "./catalogue.gen.js";

/**
 * Opens the project's state store, or another by its name under `stores` or by its type, with the secrets it refers to. Throws what looking these up throws,
 * CONFIG_INVALID for a type that there is none of, USAGE for another that there is none of or that needs settings, and what the store throws.
 */
export async function openStore(
  project: Project,
  secrets: SecretSource,
  context: Omit<StateStoreContext, "project">,
  name: string | null = null,
): Promise<StateStore> {
  const { store, fill, settings: given } = name === null ? project.state : await findStore(project, name);
  const types: Catalogue["stateStores"] = catalogue.stateStores;
  const load = types[store];
  if (load === undefined) throw new KpiError("CONFIG_INVALID", `Cannot open the state store "${store}": there is no such type`);
  const { default: type } = await load();
  const settings = (await fill?.(secrets)) ?? given;
  return type.open(settings, { project: project.root, ...context });
}

async function findStore({ stores }: Project, name: string): Promise<Omit<StoreSettings, "name">> {
  const types: Catalogue["stateStores"] = catalogue.stateStores;
  const load = Object.hasOwn(types, name) ? types[name] : undefined;
  const known = stores?.get(name);
  if (known !== undefined) return known;
  if (load === undefined) {
    const near = nearest(name, [...(stores?.keys() ?? []), ...Object.keys(types)]);
    throw new KpiError("USAGE", `Cannot find the state store "${name}": it is neither under "stores" nor a type`, {
      hint: near === undefined ? "Name it with its settings under `stores:` of the configuration" : `Did you mean "${near}"?`,
    });
  }
  const { success, data } = (await load()).default.config.safeParse({});
  if (success) return { store: name, settings: data };
  throw new KpiError("USAGE", `Cannot open a state store of type "${name}": it needs settings`, {
    hint: `Name it with its settings under stores: { NAME: { store: ${name}, … } }`,
  });
}
