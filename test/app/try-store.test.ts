import { describe, expect, it } from "vitest";
import { tryStore } from "../../src/app/doctor/try-store.js";
import type { StateStore } from "../../src/core/state-store.js";
import { openMemoryStore } from "../support/open-memory-store.js";

const left = { last_processed_hour: null, first_hour: null };

/** A store in memory, some of whose methods are others. */
async function storeWith(changes: (store: StateStore) => Partial<StateStore> = () => ({})): Promise<StateStore> {
  const store = await openMemoryStore();
  const own: Omit<StateStore, keyof AsyncDisposable> = {
    read: (key) => store.read(key),
    write: (...given) => store.write(...given),
    remove: (...given) => store.remove(...given),
    list: () => store.list(),
    lock: (...given) => store.lock(...given),
    holder: (key) => store.holder(key),
    unlock: (...given) => store.unlock(...given),
  };
  return { ...own, [Symbol.asyncDispose]: async () => undefined, ...changes(store) };
}

describe("trying a state store", () => {
  it("finds a good one good, and leaves nothing in it", async () => {
    const store = await storeWith();
    expect(await tryStore(store, "memory", 60_000, null)).toMatchObject({ level: "ok" });
    expect(await store.list()).toEqual([]);
    expect(await store.holder("kpi-doctor")).toBe(null);
  });

  it("is not misled by what a doctor that was killed has left", async () => {
    const store = await storeWith();
    await store.write("kpi-doctor", left, null, "killed");
    expect(await tryStore(store, "memory", 60_000, null)).toMatchObject({ level: "ok" });
    expect(await store.list()).toEqual([]);
  });

  it("leaves one alone that another doctor is trying", async () => {
    const store = await storeWith();
    const lock = await store.lock("kpi-doctor", { owner: "another", ttl: 60_000 });
    expect(await tryStore(store, "memory", 60_000, null)).toMatchObject({ level: "warning", hint: "Try again in a minute" });
    await lock.release();
  });

  it.each<[how: string, changes: (store: StateStore) => Partial<StateStore>]>([
    [
      "does not refuse a second lock",
      () => ({ lock: async () => ({ lost: new AbortController().signal, release: async () => undefined }) }),
    ],
    [
      "does not refuse a stale write",
      (store) => ({ write: async (key, value, _, by) => store.write(key, value, (await store.read(key))?.version ?? null, by) }),
    ],
    [
      "does not give back what was written",
      (store) => ({ write: (key, value, expected, by) => store.write(key, { ...value, last_processed_hour: null }, expected, by) }),
    ],
  ])("finds out that one %s", async (how, changes) => {
    await expect(tryStore(await storeWith(changes), "memory", 60_000, null)).rejects.toMatchObject({
      code: "STATE_CONFLICT",
      message: `Cannot rely on the state store: it ${how}`,
    });
  });
});
