import { setTimeout as sleep } from "node:timers/promises";
import { KpiError } from "../../core/errors.js";
import type { Lock, LockRequest, StateStore } from "../../core/state-store.js";
import type { HolderNote } from "../../prefect/holder-note.js";
import type { Lease, LeasedLimits } from "../../prefect/leased-limits.js";

/** The locks of a store: leased concurrency limits, named after the keys by `limitOf`. */
export function openPrefectLocks(limits: LeasedLimits, limitOf: (key: string) => string): Pick<StateStore, "lock" | "holder" | "unlock"> {
  const find = (key: string) => limits.holder(limitOf(key.normalize("NFC")));
  return {
    lock: (name, request) => {
      const key = name.normalize("NFC");
      return takePrefectLock(limits, limitOf(key), key, request);
    },
    holder: async (key) => {
      const note = await find(key);
      return note === null ? null : { id: idOf(note), owner: note.owner, since: note.since || null };
    },
    unlock: async (key, id) => {
      const note = await find(key);
      return note !== null && idOf(note) === id && (await limits.free(limitOf(key.normalize("NFC")), note));
    },
  };
}

/** One taking of a lock: a later one may have put its words into the same note. */
function idOf({ id, since, owner }: HolderNote): string {
  return [id, since, owner].join(" ");
}

/** Takes a leased concurrency limit as the lock of `key` and renews it every third of the ttl. Throws LOCKED naming the holder. */
async function takePrefectLock(limits: LeasedLimits, name: string, key: string, { owner, ttl }: LockRequest): Promise<Lock> {
  const lease = await limits.take(name, owner);
  if (!("release" in lease)) throw heldBy(key, lease);

  const lost = new AbortController();
  let renewed = performance.now();
  let renewing: Promise<void> = Promise.resolve();
  const lose = (state: string) => {
    clearInterval(timer);
    lost.abort(new KpiError("LOCKED", `Cannot keep the lock of "${key}": ${state}`));
  };
  const renew = async () => {
    const asked = performance.now();
    const kept = await lease.renew().catch(() => null);
    if (kept === true) renewed = asked;
    else if (kept === false)
      lose("Prefect knows nothing of it any more; its server was restarted, its limit deleted, or others have taken it");
  };
  const timer = setInterval(
    () => {
      if (performance.now() - renewed > ttl) lose("it could not be renewed in time");
      renewing = renewing.then(() => (lost.signal.aborted ? undefined : renew()));
    },
    Math.max(ttl / 3, 1),
  ).unref();

  let released: Promise<void> | null = null;
  const release = async () => {
    clearInterval(timer);
    await renewing;
    // where Prefect cannot be told, the lease ends by itself; one that was only renewed too late is still there, and in the way of others
    await lease.release().catch(() => undefined);
  };
  return {
    lost: lost.signal,
    release: () => {
      released ??= release();
      return released;
    },
  };
}

/** Waits for a slot that is held for the moment of a write only. Throws LOCKED. */
export async function waitForLease(limits: LeasedLimits, name: string, key: string, owner: string, patience: number): Promise<Lease> {
  const until = performance.now() + patience;
  for (let pause = 40; ; pause = Math.min(pause * 1.5, 1_000)) {
    const lease = await limits.take(name, owner);
    if ("release" in lease) return lease;
    if (performance.now() > until) throw heldBy(key, lease);
    await sleep(pause * (0.5 + Math.random()));
  }
}

function heldBy(key: string, { owner, since }: HolderNote): KpiError {
  return new KpiError("LOCKED", `Cannot lock "${key}": ${owner} holds it${since === "" ? "" : ` since ${since}`}`, {
    hint: "Wait for it with --wait. The lock of a holder that has crashed is over within two minutes",
  });
}
