import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fstatSync, openSync, readFileSync, rmSync } from "node:fs";
import { z } from "zod";
import { cannotWrite } from "./cannot-write.js";
import { isOver, PROCESS_IDENTITY, thisProcess } from "./process-identity.js";
import { writeOnce } from "./write-once.js";

const HOLDER = PROCESS_IDENTITY.extend({
  owner: z.string(),
  token: z.string(),
  since: z.string(),
  /** How long it holds after the file was last touched, in ms; null: as long as its process lives. */
  ttl: z.number().nullable(),
});

/** What a lock file says, and when it was last touched. */
export interface Holder extends Readonly<z.output<typeof HOLDER>> {
  readonly touched: number;
}

export type Taking = { readonly taken: true; readonly token: string } | { readonly taken: false; readonly holder: Holder };

/** Files of others come and go while one looks; what does so a thousand times is no lock file. */
const MOST_TRIES = 1_000;

/** For what another machine left behind, and for a file whose writer did not come to fill it. */
const PATIENCE = { otherMachine: 30_000, unreadable: 5_000 };

/**
 * Makes the lock file at `path`, in place of one whose holder is over or has let it expire. Of any number of contenders one wins. Throws CANNOT_WRITE.
 *
 * A file with the token T is removed only by who holds the lock file `path.T`, which is taken in the same way. So nobody can remove, for the dead
 * holder they saw, the file of a living one who came in between.
 */
export function takeLockFile(path: string, owner: string, ttl: number | null): Taking {
  const token = randomBytes(8).toString("hex");
  const content = JSON.stringify({ owner, ...thisProcess(), token, since: new Date().toISOString(), ttl });
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (create(path, content)) return { taken: true, token };
    const holder = readLockFile(path);
    if (holder === null) continue;
    if (!isFree(holder)) return { taken: false, holder };
    const other = removeLockFile(path, holder.token, owner, isFree);
    if (other !== null) return { taken: false, holder: other };
  }
  throw cannotWrite(`make the lock file "${path}"`, new Error("something is there that can be neither read nor replaced"));
}

/** Removes the lock file if it still carries the token and `may` agrees. Gives the living process that is about to do so, where there is one. */
export function removeLockFile(path: string, token: string, owner: string, may: (holder: Holder) => boolean = () => true): Holder | null {
  const right = `${path}.${token}`;
  const taking = takeLockFile(right, owner, null);
  if (!taking.taken) return taking.holder;
  try {
    const holder = readLockFile(path);
    if (holder?.token === token && may(holder)) rmSync(path, { force: true });
  } finally {
    rmSync(right, { force: true });
  }
  return null;
}

/** Null where there is no lock. */
export function readLockFile(path: string): Holder | null {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const { mtimeMs, ino } = fstatSync(file);
    return { ...parse(readFileSync(file, "utf8"), ino), touched: mtimeMs };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cannotWrite(`read the lock file "${path}"`, thrown);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function parse(text: string, inode: number): z.output<typeof HOLDER> {
  try {
    return HOLDER.parse(JSON.parse(text));
  } catch {
    const nobody = { owner: "somebody whose lock file cannot be read", host: "", machine: "", pid: 0, started: null };
    return { ...nobody, token: `unreadable-${inode}`, since: "", ttl: PATIENCE.unreadable };
  }
}

/** False where there is one. Half of one, on a file system without hard links, is nobody's after a moment (`PATIENCE`). */
function create(path: string, content: string): boolean {
  return !existsSync(path) && writeOnce(path, content, { mode: 0o600, durable: false });
}

/** Whether it is over: its process has ended, or it was not touched in time. */
export function isFree(holder: Holder): boolean {
  const here = holder.machine === thisProcess().machine;
  if (here && isOver(holder)) return true;
  if (here && holder.ttl === null) return false;
  return Date.now() > holder.touched + (holder.ttl ?? PATIENCE.otherMachine);
}
