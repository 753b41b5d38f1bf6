import type { RunOptions } from "../core/engine.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { Lock, StateStore } from "../core/state-store.js";
import type { RunInHand } from "./run-in-hand.js";
import { isHeld, takeLock } from "./take-lock.js";

/** How long a backfill waits for a run to finish before it publishes its next span, in ms. */
const LONGEST_RUN = 600_000;

/** Who may work on a pipeline, and when. */
export interface Turns extends AsyncDisposable {
  /** Does something that needs the pipeline to itself. */
  turn<Result>(work: () => Promise<Result>): Promise<Result>;
}

/**
 * A run has the pipeline to itself from beginning to end. A backfill keeps other backfills away for as long, and the runs only while it publishes a span,
 * so that the hourly run does its hour in between. Throws LOCKED naming who holds what.
 */
export async function takeTurns(pipeline: WindowedPipeline, run: RunInHand, store: StateStore): Promise<Turns> {
  const key = pipeline.stateName;
  const ttl = run.parts.project.state.lockTtl;
  if (run.options.range === undefined) {
    const lock = await takeLock(store, key, {
      owner: `run ${run.id}`,
      ttl,
      wait: () => patience(store, pipeline, run.options, ttl),
      signal: run.signal,
    });
    return { turn: (work) => work(), [Symbol.asyncDispose]: guarded(lock, run) };
  }
  const owner = `backfill ${run.id}`;
  const lock = await takeLock(store, backfillKey(key), { owner, ttl, wait: () => run.options.wait ?? 0, signal: run.signal });
  return {
    turn: async (work) => {
      const own = await takeLock(store, key, { owner, ttl, wait: () => LONGEST_RUN, signal: run.signal });
      try {
        return await work();
      } finally {
        await own.release();
      }
    },
    [Symbol.asyncDispose]: guarded(lock, run),
  };
}

function backfillKey(key: string): string {
  return `${key}/backfill`;
}

/** A run waits for others only if it was told to, but for a backfill's short turns always. */
async function patience(store: StateStore, { stateName, lockWait }: WindowedPipeline, { wait }: RunOptions, ttl: number): Promise<number> {
  if (wait !== undefined) return wait;
  return (await isHeld(store, backfillKey(stateName), ttl)) ? lockWait : 0;
}

function guarded(lock: Lock, { log }: RunInHand): () => Promise<void> {
  const lost = "The lock was lost; what others publish meanwhile is planned again";
  lock.lost.addEventListener("abort", () => log.emit("warning", { code: "LOCK_LOST", message: lost }));
  return () => lock.release();
}
