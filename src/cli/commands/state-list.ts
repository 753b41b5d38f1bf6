import type { StateList } from "../../core/state-reports.js";
import type { Command, Screen } from "../command.js";
import { formatTable } from "../text/table.js";

/** `kpi state list`: how far every pipeline has come. */
export const stateList: Command = async (session) => {
  const engine = await session.engine();
  return { document: await engine.state.list(), render: formatStates };
};

function formatStates({ store, states }: StateList, { width, paint }: Screen): string {
  if (states.length === 0) return `The store "${store}" holds nothing yet\n`;
  const cells = states.map((state) => [
    state.pipeline ?? `(${state.key})`,
    state.last_processed_hour ?? "nothing yet",
    state.first_hour ?? "",
    state.updated_at ?? "",
    state.locked_by ?? "",
  ]);
  const heads = ["pipeline", "last processed", "first", "written", "locked by"].map((head) => ({ head }));
  return `${paint.bold(store)}\n${formatTable(heads, cells, width)}`;
}
