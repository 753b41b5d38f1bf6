import type { Catalogue } from "../core/catalogue.js";
import type { ConnectionSettings } from "../core/pipeline.js";
import { type Field, isMap } from "./field.js";
import { lateSettings, refuseLate } from "./late-settings.js";
import { Names } from "./names.js";
import { toSnakeCase } from "./node-table.js";
import { offer } from "./offer.js";
import { parseSettings } from "./parse-settings.js";
import { pairsIn } from "./secrets-in.js";
import { describe } from "./wording.js";

/** A connection by name: what is known of it where it has errors is its type, perhaps. */
export interface DraftConnection {
  readonly type: string | null;
  readonly settings: ConnectionSettings | null;
}

export async function readConnections(field: Field, catalogue: Catalogue): Promise<ReadonlyMap<string, DraftConnection>> {
  const connections = new Map<string, DraftConnection>();
  if (field.located.broken) return connections;
  if (!isMap(field.value)) field.error(`Cannot use ${describe(field.value)} as "connections": must be a map`);
  const names = new Names("connection");
  for (const [key, each] of field.entries) {
    const name = names.take(key, each);
    const connection = await readConnection(name ?? key, each, catalogue);
    if (name !== null) connections.set(name, connection);
  }
  return connections;
}

async function readConnection(name: string, field: Field, catalogue: Catalogue): Promise<DraftConnection> {
  const type = readType(name, field, catalogue);
  const load = type === null ? undefined : catalogue.connections[type];
  if (type === null || load === undefined) return { type: null, settings: null };
  const { config } = (await load()).default;
  const noun = `connection "${name}"`;
  const errors = field.findings.count;
  const settings = parseSettings(config, field, { noun, without: ["type"] });
  const fill = lateSettings(config, field, noun, ["type"]);
  if (field.findings.count > errors || (settings === null && fill === undefined)) return { type, settings: null };
  for (const pair of pairsIn(settings ?? {})) field.findings.secret(pair);
  return { type, settings: { name, type, settings: settings ?? {}, ...(fill && { fill }) } };
}

function readType(name: string, field: Field, { connections }: Catalogue): string | null {
  const given = field.get("type");
  const types = Object.keys(connections);
  refuseLate(given);
  if (field.located.broken || given?.located.broken) return null;
  if (typeof given?.value !== "string") {
    field.keyError(`Cannot tell what connection "${name}" leads to: "type" must be one of its types`, `Known: ${types.sort().join(", ")}`);
    return null;
  }
  const type = toSnakeCase(given.value);
  if (Object.hasOwn(connections, type)) return type;
  return given.error(`Unknown connection type "${given.value}"`, offer(type, types));
}
