import type { StateReport } from "../../core/reports.js";
import { type Instant, parseInstant, toIso } from "../../core/time.js";
import { changeState } from "../change-state.js";
import type { Command } from "../command.js";
import { pipelineAndHour, readMoment } from "../moments.js";

/** `kpi state set`: moves a pipeline's cursor to an hour. */
export const stateSet: Command = async (session, operands) => {
  const { pipeline: name, hour: text } = pipelineAndHour(operands);
  const { adopt = false, reason = null } = session.flags;
  const engine = await session.engine();
  const pipeline = engine.pipeline(name);
  const hour = await readMoment(engine, pipeline, "the hour", text);
  const before = await engine.state.show(pipeline);
  return changeState(session, {
    before,
    sentence: describe(before, hour, adopt),
    apply: () => engine.state.set(pipeline, hour, { adopt, reason }),
  });
};

function describe({ pipeline, last_processed_hour: last }: StateReport, hour: Instant, adopt: boolean): string {
  const from = last === null ? null : parseInstant(last);
  const move = `move "${pipeline}" from ${last ?? "nothing processed"} to ${toIso(hour)}`;
  if (from !== null && hour < from) return `${move}: the windows after it are opened again`;
  return `${move}: the windows up to it count as ${adopt ? "adopted" : "skipped"}`;
}
