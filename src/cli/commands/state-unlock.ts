import type { StateLock } from "../../core/state-reports.js";
import type { Command } from "../command.js";
import { confirm } from "../confirm.js";
import { plainText } from "../text/plain-text.js";

interface Unlocked {
  readonly ok: true;
  readonly pipeline: string;
  readonly locks: readonly (Omit<StateLock, "id"> & { readonly removed: boolean })[];
}

/** `kpi state unlock`: says who holds a pipeline's locks, and takes them away. */
export const stateUnlock: Command = async (session, [name]) => {
  const { reason = null, dryRun = false } = session.flags;
  const engine = await session.engine();
  const pipeline = engine.pipeline(name);
  const locks = await engine.state.locks(pipeline);
  const sentence = locks.map((lock) => `take the lock "${lock.key}" away from ${holder(lock)}: two at once may then do the same work`);
  if (locks.length > 0 && !dryRun) await confirm(session, plainText(sentence.join("\n")));
  const removed = locks.length === 0 || dryRun ? [] : await engine.state.unlock(pipeline, locks, { reason });
  const gone = new Set(removed.map(({ id }) => id));
  const document: Unlocked & { readonly dry_run?: true } = {
    ok: true,
    pipeline: pipeline.name,
    ...(dryRun && { dry_run: true }),
    locks: locks.map(({ id, ...lock }) => ({ ...lock, removed: gone.has(id) })),
  };
  return { document, render: (plain: Unlocked) => formatLocks(plain, dryRun) };
};

function formatLocks({ pipeline, locks }: Unlocked, dryRun: boolean): string {
  if (locks.length === 0) return `Nobody holds a lock of ${pipeline}\n`;
  return locks
    .map((lock) => {
      const outcome = lock.removed ? "removed" : dryRun ? "would be removed" : "not held by them any more";
      return `${lock.key}: ${holder(lock)}, ${outcome}\n`;
    })
    .join("");
}

function holder({ owner, since }: Pick<StateLock, "owner" | "since">): string {
  return since === null ? owner : `${owner} since ${since}`;
}
