import { KpiError } from "../../core/errors.js";
import { toIso } from "../../core/time.js";
import { changeState } from "../change-state.js";
import type { Command } from "../command.js";
import { pipelineAndHour, readMoment } from "../moments.js";

/** `kpi state skip`: settles one window that cannot be loaded. */
export const stateSkip: Command = async (session, operands) => {
  const { pipeline: name, hour: text } = pipelineAndHour(operands);
  const { reason } = session.flags;
  if (!reason) throw new KpiError("USAGE", `Cannot skip "${text}": no reason is given`, { hint: 'Add --reason "why it cannot be loaded"' });
  const engine = await session.engine();
  const pipeline = engine.pipeline(name);
  const hour = await readMoment(engine, pipeline, "the hour", text);
  return changeState(session, {
    before: await engine.state.show(pipeline),
    sentence: `settle the window ${toIso(hour)} of "${pipeline.name}" as skipped: no run will try it again`,
    apply: () => engine.state.skip(pipeline, hour, { reason }),
  });
};
