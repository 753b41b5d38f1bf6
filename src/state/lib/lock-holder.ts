import type { LockHolder } from "../../core/state-store.js";
import { isFree, readLockFile, removeLockFile } from "../../files/lock-file.js";

/** Who holds the lock file at `path`; null where there is none, or one that is over. Throws CANNOT_WRITE. */
export function readLockHolder(path: string): LockHolder | null {
  const holder = readLockFile(path);
  if (holder === null || isFree(holder)) return null;
  return { id: holder.token, owner: holder.owner, since: holder.since || null };
}

/** Removes the lock file of one holder. False where it is another's, or gone. Throws CANNOT_WRITE. */
export function breakLock(path: string, id: string): boolean {
  if (readLockHolder(path)?.id !== id) return false;
  removeLockFile(path, id, "kpi state unlock");
  return readLockFile(path)?.token !== id;
}
