import type { Catalogue } from "../core/catalogue.js";
import { KpiError } from "../core/errors.js";
import type { Project } from "../core/pipeline.js";
import type { StateStore } from "../core/state-store.js";
import type { Clock } from "../core/time.js";
import type { Warehouse } from "../core/warehouse.js";
import { catalogue } from "./catalogue.gen.js";

/** Opens the project's state store. Throws CONFIG_INVALID for a type that there is none of, and what the store throws. */
export async function openStore(
  project: Project,
  warehouse: Warehouse,
  clock: Clock,
  warn: (code: string, message: string) => void,
): Promise<StateStore> {
  const { store, settings } = project.state;
  const types: Catalogue["stateStores"] = catalogue.stateStores;
  const load = types[store];
  if (load === undefined) throw new KpiError("CONFIG_INVALID", `Cannot open the state store "${store}": there is no such type`);
  const { default: type } = await load();
  return type.open(settings, { project: project.root, warehouse, clock, warn });
}
