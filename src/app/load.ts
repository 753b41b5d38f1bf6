import { type LoadedProject, loadProject } from "../config/load-project.js";
import type { Engine } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { Scrubber } from "../core/secret-source.js";
import { catalogue } from "./catalogue.gen.js";
import { openClock } from "./clock.js";
import { fenceOf } from "./fence-of.js";
import { openConnection } from "./open-connection.js";
import { openSecrets } from "./open-secrets.js";
import { openStore } from "./open-store.js";
import { processes } from "./processes.js";

export interface LoadOptions {
  /** `--config`. */
  readonly config?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Reads and checks the configuration against every node there is. Throws CONFIG_NOT_FOUND; what is wrong in the files is in `errors`. */
export function load({ config, env, cwd }: LoadOptions): Promise<LoadedProject> {
  return loadProject({ ...(config !== undefined && { file: config }), env, cwd, catalogue });
}

export interface EngineOptions {
  readonly now?: string | undefined;
  /** Takes secrets out of what the engine writes, and learns those that are looked up. */
  readonly scrubber: Scrubber;
  /** Hears what is found and mended outside of runs. */
  readonly warn?: (code: string, message: string) => void;
}

/** Opens the engine on a configuration without errors. DuckDB is loaded when something is first run or read. Throws CONFIG_INVALID, USAGE for a `now` that is no time. */
export async function openEngine(loaded: LoadedProject, { now, scrubber, warn: tell }: EngineOptions): Promise<Engine> {
  const { project } = loaded;
  if (project === null)
    throw new KpiError("CONFIG_INVALID", `Cannot use the configuration: it has ${loaded.errors.length} errors`, { hint: "kpi validate" });
  const clock = openClock(now);
  const secrets = openSecrets(project, scrubber);
  const { openEngine: openEngineOver } = await import("../pipelines/open-engine.js");
  return openEngineOver({
    project,
    clock,
    processes,
    scrub: scrubber.scrub,
    ...(tell && { warn: tell }),
    openWorkspace: async (pipeline, scratch, folders) => {
      const { openWorkspace } = await import("../duckdb/open-workspace.js");
      // most runs find nothing to do: DuckDB's second thread would only wait for work, and burn a processor meanwhile
      return openWorkspace({ scratch, fence: fenceOf(project, pipeline, folders), threads: 1 });
    },
    openWarehouse: async (workspace, signal) => {
      const { openWarehouse } = await import("../duckdb/open-warehouse.js");
      return openWarehouse({ workspace, ...project.warehouse, signal });
    },
    openStore: (warehouse, warn, name) => openStore(project, secrets, { warehouse, clock, warn }, name),
    openConnection: (name) => openConnection(project, name, secrets),
    callHook: async (...call) => (await import("./call-hook.js")).callHook(project, ...call),
  });
}
