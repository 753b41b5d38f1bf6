import type { StateChange } from "../core/engine.js";
import type { StateReport } from "../core/reports.js";
import type { Result, Screen } from "./command.js";
import { confirm } from "./confirm.js";
import { formatState } from "./reporters/format-state.js";
import type { Session } from "./session.js";
import { formatNumberOf } from "./text/format.js";
import { plainText } from "./text/plain-text.js";

interface Change {
  /** The change as a sentence: what is said before it is done. */
  readonly sentence: string;
  readonly before: StateReport;
  apply(): Promise<StateChange>;
}

/** Does a change of a pipeline's state once it is confirmed, or tells it where it is only tried. */
export async function changeState(session: Session, { sentence, before, apply }: Change): Promise<Result> {
  if (session.flags.dryRun)
    return {
      document: { ...before, dry_run: true, change: sentence },
      render: (plain: StateReport & { change: string }, screen) => `${formatState(plain, screen)}  would change: ${plain.change}\n`,
    };
  await confirm(session, plainText(sentence));
  return toResult(await apply());
}

export type ChangedState = StateReport & Pick<StateChange, "marked">;

/** What a change came to. */
function toResult({ state, marked }: StateChange): Result<ChangedState> {
  return { document: { ...state, marked }, render: formatChange };
}

/** A changed state for a person. */
export function formatChange(change: ChangedState, screen: Screen): string {
  const { status, windows } = change.marked;
  return `${formatState(change, screen)}  ${status === "none" ? "no window changed" : `${formatNumberOf(windows, "window")} ${status}`}\n`;
}
