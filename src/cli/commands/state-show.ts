import type { Command } from "../command.js";
import { formatState } from "../reporters/format-state.js";

/** `kpi state show`: how far a pipeline has come. */
export const stateShow: Command = async (session, [name]) => {
  const engine = await session.engine();
  return { document: await engine.state.show(engine.pipeline(name)), render: formatState };
};
