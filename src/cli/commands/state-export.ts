import type { Command } from "../command.js";

/** `kpi state export`: everything that the store keeps of the pipelines, as one JSON document. */
export const stateExport: Command = async (session) => {
  const engine = await session.engine();
  const document = await engine.state.export();
  return { document, render: (plain) => `${JSON.stringify(plain, null, 2)}\n` };
};
