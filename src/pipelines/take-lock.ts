import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { KpiError } from "../core/errors.js";
import type { Lock, LockRequest, StateStore } from "../core/state-store.js";

const PAUSE = 250;

export interface LockOptions {
  /** What the holder is called in the message that others get: `run 01a2…`. */
  readonly owner: string;
  /** How long it outlives a holder that renews it no more, in ms. */
  readonly ttl: number;
  /** A lock that tells who holds the wanted one that somebody waits; held while waiting, by one of those who do. */
  readonly queue?: string;
  /** How long to wait for its holder, in ms; asked only where there is one. */
  wait(): number | Promise<number>;
  readonly signal: AbortSignal;
}

/** Takes a lock, waiting for its holder if need be. Throws LOCKED naming who holds it. */
export async function takeLock(store: StateStore, key: string, { owner, ttl, queue, wait, signal }: LockOptions): Promise<Lock> {
  const request = { owner: `${owner} on ${hostname()} (process ${process.pid})`, ttl };
  let until: number | null = null;
  let place: Lock | null = null;
  try {
    for (;;) {
      try {
        return await store.lock(key, request);
      } catch (thrown) {
        if (!isLocked(thrown)) throw thrown;
        until ??= performance.now() + (await wait());
        if (performance.now() >= until) throw thrown;
      }
      if (queue !== undefined) place ??= await tryLock(store, queue, request);
      await sleep(PAUSE, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  } finally {
    await place?.release();
  }
}

/** Whether somebody holds a lock. */
export async function isHeld(store: StateStore, key: string, ttl: number): Promise<boolean> {
  const lock = await tryLock(store, key, { owner: `a look on ${hostname()} (process ${process.pid})`, ttl });
  await lock?.release();
  return lock === null;
}

/** Null where somebody holds it. */
async function tryLock(store: StateStore, key: string, request: LockRequest): Promise<Lock | null> {
  try {
    return await store.lock(key, request);
  } catch (thrown) {
    if (isLocked(thrown)) return null;
    throw thrown;
  }
}

function isLocked(thrown: unknown): boolean {
  return thrown instanceof KpiError && thrown.code === "LOCKED";
}
