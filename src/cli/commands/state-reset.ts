import { toIso } from "../../core/time.js";
import { changeState } from "../change-state.js";
import type { Command } from "../command.js";
import { readMoment } from "../moments.js";

/** `kpi state reset`: opens a pipeline's windows again, from the first hour or a given one. */
export const stateReset: Command = async (session, [name]) => {
  const { from: text, reason = null } = session.flags;
  const engine = await session.engine();
  const pipeline = engine.pipeline(name);
  const from = text === undefined ? null : await readMoment(engine, pipeline, "--from", text);
  const before = await engine.state.show(pipeline);
  const start = from === null ? (before.first_hour ?? "the beginning") : toIso(from);
  return changeState(session, {
    before,
    sentence: `open every window of "${pipeline.name}" again from ${start}: the next runs replace what is there`,
    apply: () => engine.state.reset(pipeline, from, { reason }),
  });
};
