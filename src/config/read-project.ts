import type { Catalogue } from "../core/catalogue.js";
import type { Proxies } from "../core/connection.js";
import type { Pipeline, Project } from "../core/pipeline.js";
import type { PrefectSettings } from "../core/secret-source.js";
import { absolute } from "./absolute.js";
import { type Field, isMap } from "./field.js";
import { refuseLate } from "./late-settings.js";
import { Names } from "./names.js";
import { parseSettings } from "./parse-settings.js";
import { projectSettings } from "./project-settings.js";
import { readConnections } from "./read-connections.js";
import { readPipeline } from "./read-pipeline.js";
import { readState } from "./read-state.js";
import { readStores } from "./read-store.js";
import { describe } from "./wording.js";

interface Sources {
  readonly config: Field;
  /** Pipelines in files of their own. */
  readonly pipelines: readonly [name: string, pipeline: Field][];
  /** Absolute. */
  readonly root: string;
  readonly catalogue: Catalogue;
  readonly proxies: Proxies;
  readonly prefect: PrefectSettings | undefined;
}

/** Checks everything that was read; null after an error. */
export async function readProject({ config, pipelines: files, root, catalogue, proxies, prefect }: Sources): Promise<Project | null> {
  const { findings } = config;
  for (const [key, field] of config.entries) if (!["state", "stores", "connections"].includes(key)) refuseLate(field);
  for (const [, field] of files) refuseLate(field);
  const settings = parseSettings(projectSettings, config, { noun: "the configuration" });
  const stores = await readStores(config.map("stores"), { catalogue, root });
  const state = await readState(config.map("state"), stores, { catalogue, root });
  const connections = await readConnections(config.map("connections"), catalogue);
  const context = {
    catalogue,
    connections,
    timezone: settings?.timezone ?? "UTC",
    tables: new Map(),
    stateNames: { pattern: state?.name ?? "{pipeline}", taken: new Map() },
  };
  const names = new Names("pipeline");
  const pipelines = new Map<string, Pipeline>();
  for (const [key, field] of [...inConfig(config.map("pipelines")), ...files]) {
    const name = names.take(key, field);
    const pipeline = await readPipeline(name ?? key, field, context);
    if (name !== null && pipeline !== null) pipelines.set(name, pipeline);
  }
  if (names.size === 0 && findings.count === 0) config.warn("Cannot run anything: there are no pipelines", "Add one under pipelines:");
  if (findings.count > 0 || settings === null || state === null) return null;
  return {
    root,
    state: state.store,
    stores: new Map([...stores].flatMap(([name, store]) => (store === null ? [] : [[name, store] as const]))),
    warehouse: { path: absolute(settings.warehouse.path, root), wait: settings.warehouse.wait },
    connections: new Map([...connections].flatMap(([name, { settings: open }]) => (open === null ? [] : [[name, open] as const]))),
    pipelines,
    secrets: findings.secrets,
    proxies,
    references: findings.references,
    prefect,
  };
}

function inConfig(field: Field): [string, Field][] {
  if (!field.located.broken && !isMap(field.value)) field.error(`Cannot use ${describe(field.value)} as "pipelines": must be a map`);
  return field.entries;
}
