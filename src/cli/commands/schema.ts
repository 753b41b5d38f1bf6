import type { Command } from "../command.js";

/** `kpi schema`: the JSON Schema of the configuration. */
export const schema: Command = async ({ app }) => {
  const schema = await app.schema();
  return { document: { ok: true, schema }, render: () => `${JSON.stringify(schema, null, 2)}\n` };
};
