import { z } from "zod";
import type { Catalogue, Lazy } from "../core/catalogue.js";
import type { Node, Role } from "../core/node.js";
import { catalogue } from "./catalogue.gen.js";

/** A node type as `kpi nodes` shows it. */
export interface NodeDescription {
  readonly role: Role;
  readonly type: string;
  readonly version: number;
  readonly summary: string;
  /** The type of connection its steps must name; null for none. */
  readonly connection: string | null;
  readonly effect: "none" | "external";
  /** JSON Schema of its settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

/** Describes every node type there is: extractors, transformers, loaders, each by name. */
export async function nodes(): Promise<NodeDescription[]> {
  const { extractors, transformers, loaders }: Catalogue = catalogue;
  const all: readonly Lazy<Node>[] = [...Object.values(extractors), ...Object.values(transformers), ...Object.values(loaders)];
  return Promise.all(all.map(async (load) => describe((await load()).default)));
}

function describe({ role, type, version, summary, connection, effect, config, examples }: Node): NodeDescription {
  return {
    role,
    type,
    version,
    summary,
    connection: connection ?? null,
    effect: effect ?? "none",
    settings: z.toJSONSchema(config, { io: "input" }),
    examples,
  };
}
