import type { StateChange } from "../../core/engine.js";
import { KpiError } from "../../core/errors.js";
import type { Pipeline } from "../../core/pipeline.js";
import type { PipelineState } from "../../core/state-store.js";
import { type Instant, toIso } from "../../core/time.js";
import { Prefix } from "../prefix.js";
import type { EngineParts } from "../session.js";
import { moveTo, openFrom } from "../state-verbs.js";
import { atDesk, type Desk, hourOf } from "./desk.js";
import { mergeHistories, readHistory, withHistory } from "./history.js";

/**
 * Makes a pipeline's state what an export says, and the ledger with it: back reopens windows, and what the ledger does not hold is adopted, if that
 * was asked for. Other keys and the history are taken over. Throws STATE_AHEAD, USAGE.
 */
export function restoreState(
  parts: EngineParts,
  pipeline: Pipeline,
  state: PipelineState,
  { adopt, reason }: { readonly adopt: boolean; readonly reason: string | null },
): Promise<StateChange> {
  return atDesk(parts, pipeline, { verb: "import", reason }, async (desk) => {
    const first = hourOf(state.first_hour);
    const hour = hourOf(state.last_processed_hour);
    if (hour !== null && !adopt) requireInLedger(desk, hour, first);
    const done = hour === null ? await openFrom(desk, first) : await moveTo(desk, hour, true, first);
    const stored = await desk.keeper.read();
    const entries = mergeHistories(readHistory(state), readHistory(stored?.value));
    const { last_processed_hour, first_hour } = stored?.value ?? state;
    await desk.keeper.put(withHistory({ ...state, last_processed_hour, first_hour }, entries));
    return done;
  });
}

/** Throws STATE_AHEAD for an hour that the ledger's cursor has not reached. */
export function requireInLedger({ ledger, grid, pipeline, verb }: Desk, hour: Instant, first: Instant | null): void {
  const { cursor } = new Prefix(grid, ledger.firstHour ?? first ?? hour, ledger.ranges);
  if (cursor !== null && hour <= cursor) return;
  const knows = cursor === null ? "the warehouse has no processed hour" : `the warehouse ends at ${toIso(cursor)}`;
  throw new KpiError("STATE_AHEAD", `Cannot ${verb} the state "${toIso(hour)}" of "${pipeline.name}": ${knows}`, {
    hint: "Add --adopt to take the hours up to it as done elsewhere",
  });
}
