import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { PipelineState, StateStore } from "../../src/core/state-store.js";

/** A state store under test, on a place of its own where nothing is stored yet. */
export interface StoreSubject {
  /** Opens the store on that place; every further one opened is as another process's would be. */
  open(): Promise<StateStore>;
  /** The shortest time to live its locks can have, in ms. */
  readonly ttl: number;
}

export type Check = (subject: StoreSubject) => Promise<void>;

/** What every state store promises: sentence → check. A check throws an AssertionError where the promise is broken. */
export const stateStoreContract: Readonly<Record<string, Check>> = {
  "knows nothing at first": async ({ open }) => {
    await using store = await open();
    assert.equal(await store.read("p"), null);
    assert.deepEqual(await store.list(), []);
  },

  "reads back what it wrote, with keys it does not know, whatever becomes of the object": async ({ open }) => {
    await using store = await open();
    const written = structuredClone(RICH);
    const version = await store.write("p", written, null, "Zoë on host-1");
    (written.nested as { list: unknown[] }).list.push("later");
    const stored = await store.read("p");
    assert.ok(stored);
    assert.deepEqual(stored.value, RICH);
    assert.equal(stored.version, version);
    assert.equal(stored.updated_by, "Zoë on host-1");
    (stored.value.nested as { list: unknown[] }).list.push("later");
    assert.deepEqual((await store.read("p"))?.value, RICH);
  },

  "says when it was written, in UTC": async ({ open }) => {
    await using store = await open();
    await store.write("p", at(1), null, "a");
    assert.match((await store.read("p"))?.updated_at ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  },

  "shows everybody the same, also after it was closed": async ({ open }) => {
    const version = await (async () => {
      await using store = await open();
      return await store.write("p", at(1), null, "a");
    })();
    await using other = await open();
    assert.equal((await other.read("p"))?.version, version);
  },

  "writes the first state only where there is none": async ({ open }) => {
    await using store = await open();
    await store.write("p", at(1), null, "a");
    await rejects("STATE_CONFLICT", store.write("p", at(2), null, "b"));
    assert.deepEqual((await store.read("p"))?.value, at(1));
  },

  "refuses to write over a change it has not seen": async ({ open }) => {
    await using store = await open();
    await using other = await open();
    const first = await store.write("p", at(1), null, "a");
    await other.write("p", at(2), first, "b");
    await rejects("STATE_CONFLICT", store.write("p", at(3), first, "a"));
    assert.deepEqual((await store.read("p"))?.value, at(2));
  },

  "refuses to write over a state that is gone": async ({ open }) => {
    await using store = await open();
    const version = await store.write("p", at(1), null, "a");
    await store.remove("p", version);
    await rejects("STATE_CONFLICT", store.write("p", at(2), version, "a"));
    assert.equal(await store.read("p"), null);
  },

  "lets one of many writers win": async ({ open }) => {
    await using store = await open();
    await using other = await open();
    const version = await store.write("p", at(0), null, "a");
    const writers = Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? store : other).write("p", at(index + 1), version, `writer ${index}`),
    );
    const winner = await onlyOne("STATE_CONFLICT", writers);
    assert.equal((await store.read("p"))?.version, winner);
  },

  "never gives a version twice, not even after a removal": async ({ open }) => {
    await using store = await open();
    const versions: string[] = [];
    for (let round = 0; round < 3; round++) {
      const first = await store.write("p", at(1), null, "a");
      const second = await store.write("p", at(1), first, "a");
      versions.push(first, second);
      await store.remove("p", second);
    }
    assert.equal(new Set(versions).size, versions.length);
  },

  "removes only the version it is shown": async ({ open }) => {
    await using store = await open();
    const first = await store.write("p", at(1), null, "a");
    const second = await store.write("p", at(2), first, "a");
    await rejects("STATE_CONFLICT", store.remove("p", first));
    assert.equal((await store.read("p"))?.version, second);
    await store.remove("p", second);
    assert.equal(await store.read("p"), null);
    assert.deepEqual(await store.list(), []);
    await rejects("STATE_CONFLICT", store.remove("p", second));
  },

  "keeps keys apart, whatever they are made of, and lists them in order": async ({ open }) => {
    await using store = await open();
    for (const key of KEYS) await assert.doesNotReject(store.write(key, { ...at(1), of: key }, null, "a"));
    for (const key of KEYS) assert.equal((await store.read(key))?.value.of, key);
    assert.deepEqual(await store.list(), [...KEYS].sort());
  },

  "takes the two Unicode forms of a key as one": async ({ open }) => {
    await using store = await open();
    await store.write("presión".normalize("NFD"), at(1), null, "a");
    assert.deepEqual((await store.read("presión".normalize("NFC")))?.value, at(1));
    assert.deepEqual(await store.list(), ["presión".normalize("NFC")]);
  },

  "gives a lock to one at a time, and names the holder to others": async ({ open, ttl }) => {
    await using store = await open();
    await using other = await open();
    const lock = await store.lock("p", { owner: "run 1 on host-1 (process 7)", ttl });
    const refused = await rejects("LOCKED", other.lock("p", { owner: "run 2", ttl }));
    assert.match(refused.message, /run 1 on host-1 \(process 7\)/);
    await lock.release();
  },

  "gives a released lock to the next, and a second release harms nobody": async ({ open, ttl }) => {
    await using store = await open();
    await using other = await open();
    const first = await store.lock("p", { owner: "run 1", ttl });
    await first.release();
    const second = await other.lock("p", { owner: "run 2", ttl });
    await first.release();
    await rejects("LOCKED", store.lock("p", { owner: "run 3", ttl }));
    await second.release();
  },

  "lets one of many contenders have a lock": async ({ open, ttl }) => {
    await using store = await open();
    await using other = await open();
    const contenders = Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? store : other).lock("p", { owner: `run ${index}`, ttl }),
    );
    await (await onlyOne("LOCKED", contenders)).release();
  },

  "keeps the locks of keys apart": async ({ open, ttl }) => {
    await using store = await open();
    const locks = ["p", "p/backfill", "p.lock"].map((key) => store.lock(key, { owner: "run 1", ttl }));
    await assert.doesNotReject(Promise.all(locks));
    for (const lock of locks) await (await lock).release();
  },

  "renews a lock by itself for as long as it is held": async ({ open, ttl }) => {
    await using store = await open();
    await using other = await open();
    const lock = await store.lock("p", { owner: "run 1", ttl });
    await new Promise((resolve) => setTimeout(resolve, ttl * 2));
    await rejects("LOCKED", other.lock("p", { owner: "run 2", ttl }));
    assert.equal(lock.lost.aborted, false);
    await lock.release();
  },

  "tells who holds a lock since when, for as long as somebody does": async ({ open, ttl }) => {
    await using store = await open();
    await using other = await open();
    assert.equal(await other.holder("p"), null);
    const lock = await store.lock("p", { owner: "run 1", ttl });
    const holder = await other.holder("p");
    assert.equal(holder?.owner, "run 1");
    assert.match(holder.since ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    assert.equal(await other.holder("p/backfill"), null);
    await lock.release();
    assert.equal(await other.holder("p"), null);
  },

  "takes a lock away from the holder it is shown, who learns of it": async ({ open, ttl }) => {
    await using store = await open();
    await using other = await open();
    const first = await store.lock("p", { owner: "run 1", ttl });
    const lost = new Promise((resolve) => first.lost.addEventListener("abort", resolve, { once: true }));
    assert.equal(await other.unlock("p", (await other.holder("p"))?.id ?? ""), true);
    const second = await other.lock("p", { owner: "run 2", ttl });
    await Promise.race([lost, sleep(ttl * 3, undefined, { ref: false })]);
    assert.equal(first.lost.aborted, true);
    assert.equal(first.lost.reason.code, "LOCKED");
    await first.release();
    await rejects("LOCKED", store.lock("p", { owner: "run 3", ttl }));
    await second.release();
  },

  "takes a lock away from nobody else than the holder it is shown": async ({ open, ttl }) => {
    await using store = await open();
    await using other = await open();
    const first = await store.lock("p", { owner: "run 1", ttl });
    const id = (await other.holder("p"))?.id ?? "";
    await first.release();
    assert.equal(await other.unlock("p", id), false);
    const second = await store.lock("p", { owner: "run 1", ttl });
    assert.equal(await other.unlock("p", id), false);
    await rejects("LOCKED", other.lock("p", { owner: "run 3", ttl }));
    await second.release();
  },
};

const RICH: PipelineState = {
  last_processed_hour: "2026-01-01T10:00:00Z",
  first_hour: null,
  note: "ñ 🌡 \" \\ \n '",
  nested: { list: [1, 2.5, null, true], empty: {} },
};

const KEYS = [
  "b",
  "a",
  "p/backfill",
  "p%2Fbackfill",
  "p.previous",
  "p",
  "..",
  "with space",
  "presión",
  "it's",
  `long-${"x".repeat(300)}-1`,
  `long-${"x".repeat(300)}-2`,
];

function at(hour: number): PipelineState {
  return { last_processed_hour: `2026-01-01T${String(hour).padStart(2, "0")}:00:00Z`, first_hour: "2026-01-01T00:00:00Z" };
}

async function rejects(code: string, promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => assert.fail(`nothing was thrown instead of ${code}`),
    (thrown) => thrown as Error & { readonly code?: string },
  );
  assert.equal(error.code, code, error.message);
  return error;
}

/** What the one that succeeds gives; all others must fail with the code. */
async function onlyOne<Result>(code: string, promises: readonly Promise<Result>[]): Promise<Result> {
  const settled = await Promise.allSettled(promises);
  const winners = settled.flatMap((result) => (result.status === "fulfilled" ? [result] : []));
  for (const result of settled) if (result.status === "rejected") assert.equal(result.reason.code, code, result.reason.message);
  assert.equal(winners.length, 1);
  return (winners[0] as PromiseFulfilledResult<Result>).value;
}
