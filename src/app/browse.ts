import type { Catalogue } from "../core/catalogue.js";
import { KpiError } from "../core/errors.js";
import { nearest } from "../core/nearest.js";
import type { Project } from "../core/pipeline.js";
import type { Scrubber } from "../core/secret-source.js";
import type { SourceContents, SourceQuestion } from "../core/source-contents.js";
import { catalogue } from "./catalogue.gen.js";
import { openConnection } from "./open-connection.js";
import { openSecrets } from "./open-secrets.js";

export interface BrowseOptions extends SourceQuestion {
  /** Undefined: the only one there is. */
  readonly connection: string | undefined;
  readonly signal: AbortSignal;
  /** Learns the secrets that are looked up. */
  readonly scrubber: Scrubber;
}

/** What a connection's source holds, and the connection's name. Throws USAGE for a connection that there is none of or that lists nothing, and what the source throws. */
export async function browse(
  project: Project,
  { connection, signal, scrubber, ...question }: BrowseOptions,
): Promise<{ readonly connection: string; readonly contents: SourceContents }> {
  const types: Catalogue["connections"] = catalogue.connections;
  const able = new Map<string, SourceBrowser>();
  for (const { name, type } of project.connections.values()) {
    const found = await types[type]?.();
    if (found?.default.browse !== undefined) able.set(name, found.default.browse);
  }
  const name = select(connection, [...able.keys()]);
  const look = able.get(name);
  if (look === undefined) throw new KpiError("INTERNAL", `Cannot look into "${name}": it was lost`);
  await using client = await openConnection(project, name, openSecrets(project, scrubber));
  return { connection: name, contents: await look(client, question, signal) };
}

type SourceBrowser = NonNullable<Awaited<ReturnType<Catalogue["connections"][string]>>["default"]["browse"]>;

function select(asked: string | undefined, names: readonly string[]): string {
  if (asked !== undefined && names.includes(asked)) return asked;
  if (asked === undefined && names.length === 1) return names[0] as string;
  const known = names.length === 0 ? "No connection of the configuration can be looked into" : `Known: ${names.join(", ")}`;
  if (asked === undefined) throw new KpiError("USAGE", `Cannot tell which connection is meant: there are ${names.length}`, { hint: known });
  const meant = nearest(asked, names);
  throw new KpiError("USAGE", `Cannot look into the connection "${asked}": there is none of that name that lists what it holds`, {
    hint: meant === undefined ? known : `Did you mean ${meant}?`,
  });
}
