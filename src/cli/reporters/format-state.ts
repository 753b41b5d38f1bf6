import type { StateReport } from "../../core/reports.js";
import type { Screen } from "../command.js";

/** A pipeline's state for a person. */
export function formatState(state: StateReport, { paint }: Screen): string {
  const written = state.updated_at === null ? "" : `, written ${state.updated_at}${state.updated_by ? ` by ${state.updated_by}` : ""}`;
  const lines = [
    `last processed  ${state.last_processed_hour ?? "nothing yet"}`,
    `first           ${state.first_hour ?? "not known yet"}`,
    `store           ${state.store}${written}`,
  ];
  return `${paint.bold(state.pipeline)}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
