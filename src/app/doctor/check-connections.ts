import type { Catalogue } from "../../core/catalogue.js";
import type { Connection } from "../../core/connection.js";
import { KpiError } from "../../core/errors.js";
import type { Finding } from "../../core/finding.js";
import type { ConnectionSettings, Project } from "../../core/pipeline.js";
import type { SecretSource } from "../../core/secret-source.js";
import { catalogue } from "../catalogue.gen.js";
import { openConnection } from "../open-connection.js";
import { checkClock } from "./check-clock.js";
import { checkRights } from "./check-rights.js";
import { bad, good } from "./to-finding.js";

/** How long a system may take to say who it is, in ms. */
const PATIENCE = 15_000;

interface Manner {
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

/** Whether each connection's system answers, takes the credentials, tells the same time, and lets them read what pipelines read. */
export async function checkConnections(project: Project, secrets: SecretSource, { offline, signal }: Manner): Promise<Finding[]> {
  const found = await Promise.all(
    [...project.connections.values()].map(async (connection) => {
      const type = await typeOf(connection);
      const isLocal = (type?.reads?.(connection.settings) ?? []).length > 0;
      return type === null || (offline && !isLocal) ? [] : check(project, connection.name, type, isLocal, secrets, signal);
    }),
  );
  return found.flat();
}

async function check(
  project: Project,
  name: string,
  type: Connection,
  isLocal: boolean,
  secrets: SecretSource,
  given: AbortSignal,
): Promise<Finding[]> {
  const subject = { about: "connection", name } as const;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(tooLate(name)), PATIENCE);
  const signal = AbortSignal.any([given, late.signal]);
  try {
    await using client = await openConnection(project, name, secrets);
    const { detail, clock } = await type.probe(client, signal);
    const rights = isLocal ? [] : await checkRights(project, name, type, client, signal);
    return [good(subject, detail), ...checkClock(subject, clock), ...rights];
  } catch (thrown) {
    return [bad(subject, thrown, "Check the connection's settings")];
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(name: string): KpiError {
  return new KpiError("SOURCE_TIMEOUT", `Cannot use "${name}": it has not said who it is within ${PATIENCE / 1_000} s`, {
    hint: "Check its address, and what lies between: proxies, firewalls",
  });
}

async function typeOf({ type }: ConnectionSettings): Promise<Connection | null> {
  const types: Catalogue["connections"] = catalogue.connections;
  return (await types[type]?.())?.default ?? null;
}
