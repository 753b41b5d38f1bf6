import type { z } from "zod";
import type { Catalogue, Lazy } from "../core/catalogue.js";
import { byName, type JsonSchema, reference, toJsonSchema, withKeys } from "./json-schema.js";
import { pipelineSettings } from "./pipeline-settings.js";
import { projectSettings, stateSettings, storeSettings } from "./project-settings.js";
import { stepSchemas } from "./step-schemas.js";

const DRAFT = "http://json-schema.org/draft-07/schema#";

/** The JSON Schema (draft 7) of a configuration file, for an editor to complete and explain. It loads every node there is. */
export async function projectSchema(catalogue: Catalogue): Promise<JsonSchema> {
  const project = toJsonSchema(projectSettings);
  const states = await choices("state", "store", catalogue.stateStores, toJsonSchema(stateSettings));
  const stores = await choices("store", "store", catalogue.stateStores, toJsonSchema(storeSettings));
  const connections = await choices("connection", "type", catalogue.connections);
  const { shape } = projectSettings;
  return {
    $schema: DRAFT,
    title: "The configuration of kpi",
    ...withKeys(project, {
      state: { description: shape.state.description, anyOf: [...Object.keys(states).map(reference), namedStore(catalogue)] },
      stores: mapOf({ anyOf: Object.keys(stores).map(reference) }, shape.stores.description),
      connections: mapOf({ anyOf: Object.keys(connections).map(reference) }, shape.connections.description),
      pipelines: mapOf(reference("pipeline"), shape.pipelines.description),
    }),
    definitions: { pipeline: pipeline(), ...(await stepSchemas(catalogue)), ...connections, ...states, ...stores },
  };
}

/** `state` where its store is one of `stores`. */
function namedStore({ stateStores }: Catalogue): JsonSchema {
  const store = { description: "The name of a store under `stores`", type: "string", not: { enum: Object.keys(stateStores) } };
  return withKeys(toJsonSchema(stateSettings), { store }, ["store"]);
}

/** The JSON Schema (draft 7) of a file in `pipelines/`, which holds one pipeline. */
export async function pipelineSchema(catalogue: Catalogue): Promise<JsonSchema> {
  return { $schema: DRAFT, title: "A pipeline of kpi", ...pipeline(), definitions: await stepSchemas(catalogue) };
}

function pipeline(): JsonSchema {
  const steps = mapOf(reference("step"), pipelineSettings.shape.steps.description);
  return withKeys(toJsonSchema(pipelineSettings), { steps });
}

/** One schema for each type that a key such as `type` can name, with the type's own settings. */
async function choices(
  kind: string,
  key: string,
  types: Readonly<Record<string, Lazy<{ readonly summary: string; readonly config: z.ZodObject }>>>,
  common: JsonSchema = {},
): Promise<Record<string, JsonSchema>> {
  const standard = common.properties?.[key]?.default;
  const schemas = Object.entries(types).map(async ([type, load]) => {
    const { config, summary } = (await load()).default;
    const keys = { ...common.properties, [key]: byName(type, summary) };
    return [`${kind}.${type}`, withKeys(toJsonSchema(config), keys, type === standard ? [] : [key])] as const;
  });
  return Object.fromEntries(await Promise.all(schemas));
}

function mapOf(values: JsonSchema, description: string | undefined): JsonSchema {
  return { description, type: "object", additionalProperties: values };
}
