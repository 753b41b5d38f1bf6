import type { Pipeline } from "../../core/pipeline.js";
import type { StateLock } from "../../core/state-reports.js";
import type { StateStore } from "../../core/state-store.js";
import { type EngineParts, withSession } from "../session.js";
import { sessionOptions, toEntry, withDesk } from "./desk.js";
import { hoursOf } from "./history.js";

/** Under which keys work on a pipeline is locked: runs, backfills, runs that wait for a backfill's turn. */
function lockKeys({ stateName }: Pipeline): string[] {
  return [stateName, `${stateName}/backfill`, `${stateName}/next`];
}

/** Who holds the locks of a pipeline. */
export function readLocks(parts: EngineParts, pipeline: Pipeline): Promise<StateLock[]> {
  return withSession(parts, pipeline, sessionOptions(parts, "locks"), async ({ store }) => {
    const found = await Promise.all(lockKeys(pipeline).map(async (key) => ({ key, holder: await store.holder(key) })));
    return found.flatMap(({ key, holder }) => (holder === null ? [] : [{ key, ...holder }]));
  });
}

/** Takes locks away from exactly those holders; gives those that were taken. A workflow has no state whose history could tell of it. */
export async function breakLocks(
  parts: EngineParts,
  pipeline: Pipeline,
  locks: readonly StateLock[],
  { reason }: { readonly reason: string | null },
): Promise<StateLock[]> {
  if (pipeline.kind === "workflow") return withSession(parts, pipeline, sessionOptions(parts, "unlock"), ({ store }) => take(store, locks));
  return withDesk(parts, pipeline, { verb: "unlock", reason }, async (desk) => {
    const taken = await take(desk.session.store, locks);
    if (taken.length > 0)
      await desk.keeper.note((stored) => {
        const hours = hoursOf(stored);
        return toEntry(desk, { before: hours, after: hours, marked: { status: "none", windows: 0 }, undoes: null });
      });
    return taken;
  });
}

async function take(store: StateStore, locks: readonly StateLock[]): Promise<StateLock[]> {
  const taken: StateLock[] = [];
  for (const lock of locks) if (await store.unlock(lock.key, lock.id)) taken.push(lock);
  return taken;
}
