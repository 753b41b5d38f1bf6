import type { StateEntry, StateHistory } from "../../core/state-reports.js";
import type { Command, Screen } from "../command.js";
import { formatNumberOf } from "../text/format.js";

/** `kpi state history`: who changed a pipeline's state, when and why. */
export const stateHistory: Command = async (session, [name]) => {
  const engine = await session.engine();
  return { document: await engine.state.history(engine.pipeline(name)), render: formatHistory };
};

function formatHistory({ pipeline, entries }: StateHistory, { paint }: Screen): string {
  if (entries.length === 0) return `Nobody has changed the state of ${pipeline}\n`;
  const undone = new Set(entries.map(({ undoes }) => undoes));
  const lines = entries.map((entry) => {
    const { at, by, verb, reason, marked } = entry;
    const effect = marked.windows === 0 ? "" : `, ${formatNumberOf(marked.windows, "window")} ${marked.status}`;
    const note = undone.has(entry.id) ? paint.dim(" (undone)") : "";
    return `  ${at}  ${verb}  ${move(entry)}${effect}${note}\n    ${by}${reason === null ? "" : `: ${reason}`}\n`;
  });
  return `${paint.bold(pipeline)}\n${lines.join("")}`;
}

function move({ before, after }: StateEntry): string {
  const [from, to] = [before, after].map(({ last_processed_hour: last }) => last ?? "nothing");
  return from === to ? `at ${to}` : `${from} → ${to}`;
}
