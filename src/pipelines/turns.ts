import { setTimeout as sleep } from "node:timers/promises";
import type { RunOptions } from "../core/engine.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { Lock, StateStore } from "../core/state-store.js";
import type { RunInHand } from "./run-in-hand.js";
import { isHeld, takeLock } from "./take-lock.js";

/** How long a backfill waits for a run to finish before it publishes its next span, in ms. */
const LONGEST_RUN = 600_000;

/** How long a backfill leaves the lock to a run that waits for it, at most, and how often it looks, in ms. */
const LONGEST_HESITATION = 5_000;
const HESITATION = 50;

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
      queue: queueKey(key),
      wait: () => patience(store, pipeline, run.options, ttl),
      signal: run.signal,
    });
    return { turn: (work) => work(), [Symbol.asyncDispose]: guarded(lock, run) };
  }
  const owner = `backfill ${run.id}`;
  const lock = await takeLock(store, backfillKey(key), { owner, ttl, wait: () => run.options.wait ?? 0, signal: run.signal });
  return {
    turn: async (work) => {
      await letPass(store, key, ttl, run.signal);
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

function queueKey(key: string): string {
  return `${key}/next`;
}

/** A backfill whose spans follow closely would be there first every time: a run that waits goes before the next one. */
async function letPass(store: StateStore, key: string, ttl: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + LONGEST_HESITATION;
  while (performance.now() < until && (await isHeld(store, queueKey(key), ttl)))
    await sleep(HESITATION, undefined, { signal }).catch(() => signal.throwIfAborted());
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
