import type { Catalogue } from "../core/catalogue.js";
import { KpiError } from "../core/errors.js";
import type { Project } from "../core/pipeline.js";
import type { SecretSource } from "../core/secret-source.js";
import type { StateStore, StateStoreContext } from "../core/state-store.js";
import { catalogue } from "./catalogue.gen.js";

/** Opens the project's state store, with the secrets it refers to. Throws what looking these up throws, CONFIG_INVALID for a type that there is none of, and what the store throws. */
export async function openStore(project: Project, secrets: SecretSource, context: Omit<StateStoreContext, "project">): Promise<StateStore> {
  const { store, fill } = project.state;
  const types: Catalogue["stateStores"] = catalogue.stateStores;
  const load = types[store];
  if (load === undefined) throw new KpiError("CONFIG_INVALID", `Cannot open the state store "${store}": there is no such type`);
  const { default: type } = await load();
  const settings = (await fill?.(secrets)) ?? project.state.settings;
  return type.open(settings, { project: project.root, ...context });
}
