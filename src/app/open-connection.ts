import { join } from "node:path";
import type { Catalogue } from "../core/catalogue.js";
import { KpiError } from "../core/errors.js";
import type { Project } from "../core/pipeline.js";
import type { SecretSource } from "../core/secret-source.js";
import { catalogue } from "./catalogue.gen.js";

/**
 * Opens a connection of the project by its name, with the secrets it refers to. Throws what looking these up throws,
 * and CONFIG_INVALID for a name or type that the configuration should not have let through.
 */
export async function openConnection(project: Project, name: string, secrets: SecretSource): Promise<AsyncDisposable> {
  const connection = project.connections.get(name);
  const types: Catalogue["connections"] = catalogue.connections;
  const load = connection === undefined ? undefined : types[connection.type];
  if (connection === undefined || load === undefined)
    throw new KpiError("CONFIG_INVALID", `Cannot open the connection "${name}": there is no such connection`);
  const { default: type } = await load();
  const settings = (await connection.fill?.(secrets)) ?? connection.settings;
  return type.open(settings, {
    name,
    project: project.root,
    cache: join(project.root, ".kpi", "cache"),
    proxies: project.proxies,
  });
}
