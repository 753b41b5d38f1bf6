import { z } from "zod";
import type { Lock, LockHolder, LockRequest } from "../../core/state-store.js";
import { keepLease } from "./keep-lease.js";
import { keyFileName } from "./key-file-name.js";
import { heldBy, isGone, LEASE_HOLDER, type LeaseHolder, newHolder } from "./lease-holder.js";
import type { ObjectBucket } from "./object-bucket.js";
import { writeObject } from "./write-object.js";

/** Servers tell the age of an object in whole seconds. */
const GRANULARITY = 1_000;
/** For what nobody can read, in ms. */
const UNREADABLE = 60_000;

const LEASE = z.object({
  /** Null: it was released. */
  holder: LEASE_HOLDER.nullable(),
  ttl: z.number(),
  /** Counts the renewals, so that no two writes have the same text. */
  renewed: z.number(),
});

interface Found {
  readonly tag: string;
  /** Null where the lock is free for the next who asks. */
  readonly holder: Pick<LeaseHolder, "owner" | "since" | "token"> | null;
}

/** Locks as objects that their holder writes again and again. A released one is not removed but says so: not every store removes conditionally. */
export class ObjectLocks {
  readonly #bucket: ObjectBucket;

  constructor(bucket: ObjectBucket) {
    this.#bucket = bucket;
  }

  /** Throws LOCKED naming the holder. */
  async take(key: string, { owner, ttl }: LockRequest): Promise<Lock> {
    const mine = newHolder(owner);
    for (;;) {
      const found = await this.#find(key);
      if (found !== null && found.holder !== null) throw heldBy(key, found.holder);
      const tag = await this.#write(key, mine, ttl, 0, found?.tag ?? null);
      if (tag !== null) return this.#keep(key, mine, ttl, tag);
    }
  }

  async holder(key: string): Promise<LockHolder | null> {
    const holder = (await this.#find(key))?.holder ?? null;
    return holder === null ? null : { id: holder.token, owner: holder.owner, since: holder.since };
  }

  /** Whether there was a lock of that token. */
  async remove(key: string, token: string): Promise<boolean> {
    for (;;) {
      const found = await this.#find(key);
      if (found?.holder?.token !== token) return false;
      if ((await this.#write(key, null, 0, 0, found.tag)) !== null) return true;
    }
  }

  #keep(key: string, mine: LeaseHolder, ttl: number, taken: string): Lock {
    let tag = taken;
    let count = 0;
    const renew = async () => {
      for (;;) {
        count += 1;
        const renewed = await this.#write(key, mine, ttl, count, tag);
        if (renewed !== null) {
          tag = renewed;
          return null;
        }
        const found = await this.#find(key);
        if (found === null || found.holder === null) return "it was removed";
        if (found.holder.token !== mine.token) return `${found.holder.owner} has taken it`;
        // an earlier renewal whose answer was lost
        tag = found.tag;
      }
    };
    return keepLease(key, ttl, { renew, release: async () => void (await this.remove(key, mine.token)) });
  }

  #write(key: string, holder: LeaseHolder | null, ttl: number, renewed: number, tag: string | null): Promise<string | null> {
    return writeObject(this.#bucket, nameOf(key), `${JSON.stringify({ holder, ttl, renewed, over: tag })}\n`, tag);
  }

  async #find(key: string): Promise<Found | null> {
    const found = await this.#bucket.read(nameOf(key));
    if (found === null) return null;
    const lease = parse(found.text);
    const isOver = found.age > (lease?.ttl ?? UNREADABLE) + GRANULARITY;
    if (lease === null)
      return { tag: found.tag, holder: isOver ? null : { owner: "somebody whose lock cannot be read", since: "?", token: found.tag } };
    return { tag: found.tag, holder: lease.holder === null || isOver || isGone(lease.holder) ? null : lease.holder };
  }
}

function nameOf(key: string): string {
  return `${keyFileName(key)}.lock`;
}

function parse(text: string): z.output<typeof LEASE> | null {
  try {
    return LEASE.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
