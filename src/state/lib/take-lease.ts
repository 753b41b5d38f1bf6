import { utimesSync } from "node:fs";
import { KpiError } from "../../core/errors.js";
import type { Lock, LockRequest } from "../../core/state-store.js";
import { type Holder, readLockFile, removeLockFile, takeLockFile } from "../../files/lock-file.js";

/**
 * Takes the lock file at `path` as the lock of `key`, and touches it every third of its `ttl` from then on. Throws LOCKED naming the holder, CANNOT_WRITE.
 *
 * Expiry goes by the real clock, whatever time the command was told.
 */
export function takeLease(path: string, key: string, { owner, ttl }: LockRequest): Lock {
  const taking = takeLockFile(path, owner, ttl);
  if (!taking.taken) throw locked(key, taking.holder);

  const lost = new AbortController();
  let renewed = performance.now();
  const renew = () => {
    const found = touch(path, taking.token);
    if (found === "touched") renewed = performance.now();
    else if (found !== "unknown" || performance.now() - renewed > ttl) lose(found);
  };
  const timer = setInterval(renew, Math.max(ttl / 3, 1)).unref();
  const lose = (found: Holder | "unknown" | null) => {
    clearInterval(timer);
    lost.abort(lostTo(key, found));
  };

  return {
    lost: lost.signal,
    release: async () => {
      clearInterval(timer);
      removeLockFile(path, taking.token, owner);
    },
  };
}

/** Who holds it instead (null: nobody), or that the disk did not let us look. */
function touch(path: string, token: string): "touched" | "unknown" | Holder | null {
  try {
    const holder = readLockFile(path);
    if (holder?.token !== token) return holder;
    // if somebody takes it over right here, their file is touched at a moment when it is fresh anyway
    utimesSync(path, new Date(), new Date());
    return "touched";
  } catch {
    return "unknown";
  }
}

function locked(key: string, holder: Holder): KpiError {
  const since = holder.since === "" ? "" : ` since ${holder.since}`;
  return new KpiError("LOCKED", `Cannot lock "${key}": ${holder.owner} holds it${since}`, {
    hint: "Wait for it with --wait. A holder that has crashed on this machine is replaced at once, one on another machine when its lock has expired",
  });
}

function lostTo(key: string, found: Holder | "unknown" | null): KpiError {
  const state = found === null ? "it was removed" : found === "unknown" ? "it could not be renewed in time" : `${found.owner} has taken it`;
  return new KpiError("LOCKED", `Cannot keep the lock of "${key}": ${state}`);
}
