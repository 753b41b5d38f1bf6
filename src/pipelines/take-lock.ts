import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { KpiError } from "../core/errors.js";
import type { Lock, StateStore } from "../core/state-store.js";

const PAUSE = 250;

export interface LockOptions {
  /** What the holder is called in the message that others get: `run 01a2…`. */
  readonly owner: string;
  /** How long it outlives a holder that renews it no more, in ms. */
  readonly ttl: number;
  /** How long to wait for its holder, in ms; asked only where there is one. */
  wait(): number | Promise<number>;
  readonly signal: AbortSignal;
}

/** Takes a lock, waiting for its holder if need be. Throws LOCKED naming who holds it. */
export async function takeLock(store: StateStore, key: string, { owner, ttl, wait, signal }: LockOptions): Promise<Lock> {
  let until: number | null = null;
  for (;;) {
    try {
      return await store.lock(key, { owner: `${owner} on ${hostname()} (process ${process.pid})`, ttl });
    } catch (thrown) {
      if (!isLocked(thrown)) throw thrown;
      until ??= performance.now() + (await wait());
      if (performance.now() >= until) throw thrown;
    }
    await sleep(PAUSE, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Whether somebody holds a lock. */
export async function isHeld(store: StateStore, key: string, ttl: number): Promise<boolean> {
  try {
    const lock = await store.lock(key, { owner: `a look on ${hostname()} (process ${process.pid})`, ttl });
    await lock.release();
    return false;
  } catch (thrown) {
    if (isLocked(thrown)) return true;
    throw thrown;
  }
}

function isLocked(thrown: unknown): boolean {
  return thrown instanceof KpiError && thrown.code === "LOCKED";
}
