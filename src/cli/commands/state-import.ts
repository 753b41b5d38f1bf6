import type { Engine } from "../../core/engine.js";
import { KpiError } from "../../core/errors.js";
import type { Pipeline } from "../../core/pipeline.js";
import type { PipelineState } from "../../core/state-store.js";
import { changeStates, type OneOfMany } from "../change-states.js";
import type { Command } from "../command.js";
import { readExport } from "../read-export.js";

/** `kpi state import`: makes every pipeline's state what an export says. */
export const stateImport: Command = async (session, [file]) => {
  if (file === undefined) throw new KpiError("USAGE", "Cannot tell what is to be imported: no file is given");
  const { adopt = false, reason = null } = session.flags;
  const states = await readExport(session.host.cwd(), file);
  const engine = await session.engine();
  const found = states.map(([name, state]) => [engine.pipeline(name), state] as const);
  const changes = await Promise.all(found.map(([pipeline, state]) => toChange(engine, pipeline, state, { adopt, reason })));
  return changeStates(session, changes);
};

async function toChange(
  engine: Engine,
  pipeline: Pipeline,
  state: PipelineState,
  options: { readonly adopt: boolean; readonly reason: string | null },
): Promise<OneOfMany> {
  const { last_processed_hour: from } = await engine.state.show(pipeline);
  const to = state.last_processed_hour;
  const move = `move "${pipeline.name}" from ${from ?? "nothing processed"} to ${to ?? "nothing processed"}`;
  return { sentence: `${move}${effect(from, to)}`, apply: () => engine.state.restore(pipeline, state, options) };
}

function effect(from: string | null, to: string | null): string {
  if (to === null) return ": every window is opened again";
  if (from === null || Date.parse(from) < Date.parse(to))
    return ": the windows up to it must be in the warehouse, or count as adopted with --adopt";
  return Date.parse(from) > Date.parse(to) ? ": the windows after it are opened again" : "";
}
