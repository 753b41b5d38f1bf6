import { KpiError } from "../../core/errors.js";
import type { Lock } from "../../core/state-store.js";

/** A lease that was just taken, as its keeper needs it. */
export interface Lease {
  /** Holds it for another while: null. Or says what became of it: `run 2 has taken it`. Rejects where that cannot be learnt now. */
  renew(): Promise<string | null>;
  release(): Promise<void>;
}

/** Renews a lease every third of its `ttl` (ms), until it is released or found lost. It counts as lost when it could not be renewed for the whole of it. */
export function keepLease(key: string, ttl: number, lease: Lease): Lock {
  const lost = new AbortController();
  let renewed = performance.now();
  let renewing: Promise<void> | null = null;
  const lose = (state: string) => {
    clearInterval(timer);
    lost.abort(new KpiError("LOCKED", `Cannot keep the lock of "${key}": ${state}`));
  };
  const isLate = () => performance.now() - renewed > ttl;
  const renew = async () => {
    const asked = performance.now();
    try {
      const state = await lease.renew();
      if (state === null) renewed = asked;
      else lose(state);
    } catch {
      if (isLate()) lose(LATE);
    }
  };
  const tick = () => {
    if (renewing !== null && isLate()) lose(LATE);
    renewing ??= renew().finally(() => {
      renewing = null;
    });
  };
  const timer = setInterval(tick, Math.max(ttl / 3, 1)).unref();

  const release = async () => {
    clearInterval(timer);
    await renewing;
    // where nobody can be told, the lease ends by itself
    if (!lost.signal.aborted) await lease.release().catch(() => undefined);
  };
  let released: Promise<void> | null = null;
  return {
    lost: lost.signal,
    release: () => {
      released ??= release();
      return released;
    },
  };
}

const LATE = "it could not be renewed in time";
