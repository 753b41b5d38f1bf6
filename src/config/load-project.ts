import { dirname, join } from "node:path";
import type { Catalogue } from "../core/catalogue.js";
import { toKpiError } from "../core/errors.js";
import type { Project } from "../core/pipeline.js";
import type { Field } from "./field.js";
import { findConfig, showPath } from "./find-config.js";
import { Findings } from "./findings.js";
import type { Issue } from "./issue.js";
import { listPipelineFiles } from "./list-pipeline-files.js";
import { openFiles } from "./open-files.js";
import { readEnvironment } from "./read-environment.js";
import { readPrefect } from "./read-prefect.js";
import { readProject } from "./read-project.js";
import { readProxies } from "./read-proxies.js";
import { readSource } from "./read-source.js";

export interface LoadOptions {
  /** The configuration file; default: `KPI_CONFIG`, `config/config.yaml`, `config.yaml`. */
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly catalogue: Catalogue;
}

export interface LoadedProject {
  /** Absolute. */
  readonly root: string;
  /** What was read, as issues name it: relative to `cwd` where it lies inside. */
  readonly files: readonly string[];
  /** Null exactly when there are errors. */
  readonly project: Project | null;
  readonly warnings: readonly Issue[];
  readonly errors: readonly Issue[];
  /** Values that must never be shown; known also where there are errors. */
  readonly secrets: readonly string[];
}

/**
 * Reads the configuration file, `.env` and the pipelines in files of their own, and checks them against the nodes there are.
 * Throws CONFIG_NOT_FOUND, and CONFIG_INVALID for a file that cannot be read at all; whatever else is wrong is in `errors`.
 */
export async function loadProject({ file: asked, env, cwd, catalogue }: LoadOptions): Promise<LoadedProject> {
  try {
    const { file, root } = findConfig(asked ?? env.KPI_CONFIG, cwd);
    const findings = new Findings();
    const show = (path: string) => showPath(path, cwd);
    const environment = await readEnvironment({ env, root, findings, show });
    const context = { surroundings: { environment, readFile: openFiles(root) }, findings, show };
    const proxies = readProxies(environment, findings);
    const prefect = readPrefect(environment, findings);
    const config = await readSource(file, [], context);
    const others = await listPipelineFiles(join(dirname(file), "pipelines"));
    const pipelines: [string, Field][] = [];
    for (const { name, path } of others) {
      const field = await readSource(path, ["pipelines", name], context);
      if (field !== null) pipelines.push([name, field]);
    }
    const project = config === null ? null : await readProject({ config, pipelines, root, catalogue, proxies, prefect });
    const files = [file, ...others.map(({ path }) => path)].map(show);
    const { errors, warnings } = findings.inOrder(files);
    return { root, files, project: errors.length > 0 ? null : project, warnings, errors, secrets: findings.secrets };
  } catch (thrown) {
    throw toKpiError(thrown);
  }
}
