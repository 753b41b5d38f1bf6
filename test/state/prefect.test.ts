import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lock } from "../../src/core/state-store.js";
import { stateStoreContract } from "../contracts/state-store.js";
import { findPrefect, type PrefectServer, startPrefect } from "../servers/prefect.js";
import { openPrefectStore } from "./support/open-prefect-store.js";

const venv = findPrefect();
let server: PrefectServer;
/** Held from the beginning, while the other tests run. */
let kept: Lock;
let taken: number;
beforeAll(async () => {
  if (venv === null) return;
  server = await startPrefect(venv);
  await using store = await openPrefectStore(server.url, "long");
  kept = await store.lock("kept", { owner: "run 1", ttl: 60_000 });
  // what a holder that was killed leaves: a lease that nobody renews
  await store.lock("left", { owner: "run 2", ttl: 3_600_000 });
  await expect(store.lock("left", { owner: "run 3", ttl: 60_000 })).rejects.toMatchObject({ code: "LOCKED" });
  taken = performance.now();
}, 120_000);
afterAll(() => server?.[Symbol.asyncDispose]());

const fresh = () => `kpi-${randomUUID()}`;
const at = (hour: number) => ({ last_processed_hour: `2026-01-01T0${hour}:00:00Z`, first_hour: null });

describe.skipIf(venv === null)("the prefect store", () => {
  for (const [sentence, check] of Object.entries(stateStoreContract)) {
    it(sentence, { timeout: 60_000 }, async () => {
      const block = fresh();
      await check({ open: () => openPrefectStore(server.url, block), ttl: 1_500 });
    });
  }

  it("loses no change where many writers count up one state", { timeout: 60_000 }, async () => {
    const block = fresh();
    await using one = await openPrefectStore(server.url, block);
    await using other = await openPrefectStore(server.url, block);
    const count = async (store: typeof one, by: string) => {
      for (let done = 0; done < 10; ) {
        const stored = await store.read("p");
        const value = { ...at(1), count: Number(stored?.value.count ?? 0) + 1 };
        const version = await store.write("p", value, stored?.version ?? null, by).catch((thrown) => {
          expect(thrown.code).toBe("STATE_CONFLICT");
          return null;
        });
        if (version !== null) done += 1;
      }
    };
    await Promise.all([count(one, "a"), count(other, "b"), count(other, "c")]);
    expect((await one.read("p"))?.value.count).toBe(30);
  });

  it("holds a lock for longer than Prefect's shortest lease, which ends by itself where its holder is gone", {
    timeout: 120_000,
  }, async () => {
    await using store = await openPrefectStore(server.url, "long");
    await sleep(Math.max(taken + 79_000 - performance.now(), 0));
    await expect(store.lock("kept", { owner: "run 3", ttl: 60_000 })).rejects.toThrow(/run 1 holds it since 20/);
    expect(kept.lost.aborted).toBe(false);
    await (await store.lock("left", { owner: "run 3", ttl: 60_000 })).release();
    await kept.release();
  });
});
