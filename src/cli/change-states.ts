import type { StateChange } from "../core/engine.js";
import { type ChangedState, formatChange } from "./change-state.js";
import type { Result } from "./command.js";
import { confirm } from "./confirm.js";
import type { Session } from "./session.js";
import { plainText } from "./text/plain-text.js";

/** A change of one of several pipelines: as a sentence, and how it is done. */
export interface OneOfMany {
  readonly sentence: string;
  apply(): Promise<StateChange>;
}

/** Does changes one after the other once they are confirmed, or tells them where they are only tried. `after` is said to a person when all are done. */
export async function changeStates(session: Session, changes: readonly OneOfMany[], after = ""): Promise<Result> {
  const sentences = changes.map(({ sentence }) => sentence);
  if (session.flags.dryRun)
    return {
      document: { ok: true, dry_run: true, changes: sentences },
      render: (plain: { changes: readonly string[] }) =>
        plain.changes.map((change) => `would ${change}\n`).join("") || "nothing to change\n",
    };
  if (changes.length > 0) await confirm(session, plainText(sentences.join("\n")));
  const done: ChangedState[] = [];
  for (const { apply } of changes) {
    const { state, marked } = await apply();
    done.push({ ...state, marked });
  }
  return {
    document: { ok: true, changes: done },
    render: (plain: { changes: readonly ChangedState[] }, screen) =>
      `${plain.changes.map((change) => formatChange(change, screen)).join("") || "nothing to change\n"}${after}`,
  };
}
