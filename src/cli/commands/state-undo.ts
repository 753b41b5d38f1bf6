import { KpiError } from "../../core/errors.js";
import type { StateEntry } from "../../core/state-reports.js";
import { changeState } from "../change-state.js";
import type { Command } from "../command.js";
import { formatNumberOf } from "../text/format.js";

/** `kpi state undo`: takes the newest change of a pipeline's state back. */
export const stateUndo: Command = async (session, [name]) => {
  const { reason = null } = session.flags;
  const engine = await session.engine();
  const pipeline = engine.pipeline(name);
  const { next_undo: change } = await engine.state.history(pipeline);
  if (change === null)
    throw new KpiError("USAGE", `Cannot undo a change of "${pipeline.name}": its history holds none`, {
      hint: `kpi state history ${pipeline.name}`,
    });
  return changeState(session, {
    before: await engine.state.show(pipeline),
    sentence: describe(pipeline.name, change),
    apply: () => engine.state.undo(pipeline, { reason }),
  });
};

function describe(pipeline: string, { verb, at, by, before, marked }: StateEntry): string {
  const windows =
    marked.windows === 0 ? "" : `: ${formatNumberOf(marked.windows, "window")}, as far as no run has done them since, as before it`;
  return `undo the "${verb}" of ${at} by ${by}, before which "${pipeline}" was at ${before.last_processed_hour ?? "nothing processed"}${windows}`;
}
