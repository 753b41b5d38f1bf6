import { AssertionError } from "node:assert";
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { KpiError } from "../../src/core/errors.js";
import type { StateStore } from "../../src/core/state-store.js";
import { openMemoryStore } from "../state/support/open-stores.js";
import { type StoreSubject, stateStoreContract } from "./state-store.js";

/** Spoils a good store in one way. `shared` lives as long as the subject, across all stores opened on it. */
type Spoil = (store: StateStore, shared: Map<string, unknown>) => Partial<StateStore> | Promise<StateStore>;

const conflict = () => new KpiError("STATE_CONFLICT", "somebody was first");

/** Each sentence of the contract with a store that breaks it. */
const BROKEN: Readonly<Record<string, Spoil>> = {
  "knows nothing at first": () => ({ list: async () => ["p"] }),
  "reads back what it wrote, with keys it does not know, whatever becomes of the object": (store) => ({
    write: (key, { last_processed_hour, first_hour }, expected, by) => store.write(key, { last_processed_hour, first_hour }, expected, by),
  }),
  "says when it was written, in UTC": (store) => ({
    read: async (key) => {
      const stored = await store.read(key);
      return stored && { ...stored, updated_at: stored.updated_at.replace("Z", "+01:00") };
    },
  }),
  "shows everybody the same, also after it was closed": () => openMemoryStore(randomUUID()),
  "writes the first state only where there is none": (store) => ({
    write: async (key, value, expected, by) => store.write(key, value, expected ?? (await versionOf(store, key)), by),
  }),
  "refuses to write over a change it has not seen": (store) => ({
    write: async (key, value, expected, by) => store.write(key, value, expected && (await versionOf(store, key)), by),
  }),
  "refuses to write over a state that is gone": (store) => ({
    write: async (key, value, expected, by) => store.write(key, value, (await versionOf(store, key)) === null ? null : expected, by),
  }),
  "lets one of many writers win": (store) => ({
    write: async (key, value, expected, by) => {
      if ((await versionOf(store, key)) !== expected) throw conflict();
      await new Promise((resolve) => setTimeout(resolve, 1));
      return store.write(key, value, await versionOf(store, key), by);
    },
  }),
  "never gives a version twice, not even after a removal": (store) => {
    const own = new Map<string, string>();
    return {
      write: async (key, value, expected, by) => {
        const real = await store.write(key, value, expected === null ? null : (own.get(expected) ?? expected), by);
        const count = String(Number(expected ?? 0) + 1);
        own.set(count, real);
        return count;
      },
      remove: (key, expected) => store.remove(key, own.get(expected) ?? expected),
    };
  },
  "removes only the version it is shown": (store) => ({
    remove: async (key) => store.remove(key, (await versionOf(store, key)) ?? "none"),
  }),
  "keeps keys apart, whatever they are made of, and lists them in order": (store) => ({
    read: (key) => store.read(key.replaceAll("%2F", "/")),
    write: (key, value, expected, by) => store.write(key.replaceAll("%2F", "/"), value, expected, by),
  }),
  "takes the two Unicode forms of a key as one": (store) => ({
    write: (key, value, expected, by) => store.write(Buffer.from(key).toString("latin1"), value, expected, by),
  }),
  "gives a lock to one at a time, and names the holder to others": (store) => ({
    lock: async (key, request) =>
      store.lock(key, request).catch((thrown) => {
        throw new KpiError(thrown.code, "Cannot lock: somebody holds it");
      }),
  }),
  "gives a released lock to the next, and a second release harms nobody": (store, shared) => ({
    lock: async (key, request) => {
      const lock = await store.lock(key, request);
      shared.set(key, lock);
      return { ...lock, release: () => (shared.get(key) as typeof lock).release() };
    },
  }),
  "lets one of many contenders have a lock": (store) => ({
    lock: (key, request) => store.lock(key, request).catch(() => store.lock(`${key} too`, request)),
  }),
  "keeps the locks of keys apart": (store) => ({ lock: (_, request) => store.lock("all", request) }),
  "renews a lock by itself for as long as it is held": (store) => ({
    lock: async (key, request) => {
      const lock = await store.lock(key, request);
      setTimeout(() => void lock.release(), request.ttl).unref();
      return lock;
    },
  }),
  "tells who holds a lock since when, for as long as somebody does": (store) => ({
    holder: async (key) => (await store.holder(key)) ?? { id: "1", owner: "run 1", since: null },
  }),
  "takes a lock away from the holder it is shown, who learns of it": (store) => ({
    lock: async (key, request) => ({ ...(await store.lock(key, request)), lost: new AbortController().signal }),
  }),
  "takes a lock away from nobody else than the holder it is shown": (store) => ({
    unlock: async (key) => store.unlock(key, (await store.holder(key))?.id ?? ""),
  }),
};

async function versionOf(store: StateStore, key: string): Promise<string | null> {
  return (await store.read(key))?.version ?? null;
}

function brokenSubject(spoil: Spoil): StoreSubject {
  const place = randomUUID();
  const shared = new Map<string, unknown>();
  return {
    ttl: 60,
    open: async () => {
      const store = await openMemoryStore(place);
      return { ...store, ...(await spoil(store, shared)) };
    },
  };
}

describe("the contract of state stores", () => {
  it("has a broken store for every sentence, and no other", () => {
    expect(Object.keys(BROKEN).sort()).toEqual(Object.keys(stateStoreContract).sort());
  });

  for (const [sentence, check] of Object.entries(stateStoreContract)) {
    it(`fails for a store that breaks "${sentence}"`, async () => {
      await expect(check(brokenSubject(BROKEN[sentence] as Spoil))).rejects.toThrow(AssertionError);
    });
  }
});
