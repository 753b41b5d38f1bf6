import type { LoadedProject } from "../../config/load-project.js";
import type { Finding } from "../../core/finding.js";
import type { Project } from "../../core/pipeline.js";
import type { Scrubber } from "../../core/secret-source.js";
import { type LoadOptions, load } from "../load.js";
import { openSecrets } from "../open-secrets.js";
import { checkConfig } from "./check-config.js";
import { checkConnections } from "./check-connections.js";
import { checkPrefect } from "./check-prefect.js";
import { checkSecrets } from "./check-secrets.js";
import { storesToTry } from "./stores-to-try.js";
import { bad, good } from "./to-finding.js";
import { type DoctorPart, tryPart } from "./try-part.js";

export interface DoctorOptions extends LoadOptions {
  /** Asks nothing of other machines. */
  readonly offline: boolean;
  readonly now?: string | undefined;
  readonly scrubber: Scrubber;
  readonly signal: AbortSignal;
  /** Does a part in a process of its own, so that a crash of it hurts nobody. */
  apart(part: DoctorPart): Promise<readonly Finding[]>;
}

/** Looks whether everything that a run needs is there and works. It never throws for what it finds. */
export async function doctor(options: DoctorOptions): Promise<Finding[]> {
  const loaded = await load(options).catch((thrown: unknown) => bad({ about: "config", name: null }, thrown));
  if ("level" in loaded) return [checkNode(), loaded];
  options.scrubber.add(loaded.secrets);
  const before = [checkNode(), ...checkConfig(loaded)];
  return loaded.project === null ? before : [...before, ...(await checkProject(loaded.project, options))];
}

/** Does one part, in a process that was started for it. */
export async function doctorPart(part: DoctorPart, options: Omit<DoctorOptions, "apart">): Promise<Finding[]> {
  const { project }: LoadedProject = await load(options);
  if (project === null) return [];
  options.scrubber.add(project.secrets);
  return tryPart(part, project, options);
}

async function checkProject(project: Project, options: DoctorOptions): Promise<Finding[]> {
  const secrets = openSecrets(project, options.scrubber);
  const [found, connections, prefect, here] = await Promise.all([
    checkSecrets(project, secrets, options.offline),
    checkConnections(project, secrets, options),
    options.offline ? [] : checkPrefect(project, secrets),
    checkHere(project, options),
  ]);
  return [...found, ...connections, ...here, ...prefect];
}

/** One after the other: a state store may lie in the warehouse, which one process at a time has. */
async function checkHere(project: Project, { offline, apart }: DoctorOptions): Promise<Finding[]> {
  const warehouse = await apart("warehouse");
  return storesToTry(project, offline).length === 0 ? [...warehouse] : [...warehouse, ...(await apart("state"))];
}

function checkNode(): Finding {
  return good({ about: "node", name: null }, `Node ${process.versions.node} on ${process.platform} ${process.arch}`);
}
