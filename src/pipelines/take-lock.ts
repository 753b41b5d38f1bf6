import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { KpiError } from "../core/errors.js";
import type { Lock, StateStore } from "../core/state-store.js";

const TIME_TO_LIVE = 60_000;
const PAUSE = 250;

/** Takes a pipeline's lock; waits up to `wait` ms for its holder. Throws LOCKED naming who holds it. */
export async function takeLock(store: StateStore, key: string, run: string, wait: number, signal: AbortSignal): Promise<Lock> {
  const until = performance.now() + wait;
  for (;;) {
    try {
      return await store.lock(key, { owner: `run ${run} on ${hostname()} (process ${process.pid})`, ttl: TIME_TO_LIVE });
    } catch (thrown) {
      const held = thrown instanceof KpiError && thrown.code === "LOCKED";
      if (!held || performance.now() >= until) throw thrown;
    }
    await sleep(PAUSE, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
