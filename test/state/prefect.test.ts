import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lock } from "../../src/core/state-store.js";
import { stateStoreContract } from "../contracts/state-store.js";
import { findPrefect, type PrefectServer, startPrefect } from "../servers/prefect.js";
import { bundleWorker } from "./support/bundle-worker.js";
import { openPrefectStore } from "./support/open-prefect-store.js";
import { Worker } from "./support/start-worker.js";

const venv = findPrefect();
let server: PrefectServer;
/** Held from the beginning, while the other tests run. */
let kept: Lock;
let folder: string;
let killed: Worker;
let stopped: Worker;
let taken: number;
beforeAll(async () => {
  if (venv === null) return;
  server = await startPrefect(venv);
  await using store = await openPrefectStore(server.url, "long");
  kept = await store.lock("kept", { owner: "run 1", ttl: 60_000 });
  folder = mkdtempSync(join(tmpdir(), "kpi-worker-"));
  const program = await bundleWorker(folder);
  const hold = (key: string) =>
    new Worker(program, { store: "prefect", place: { url: server.url, block: "long" }, folder, task: "hold", key });
  [killed, stopped] = [hold("killed"), hold("stopped")];
  for (const worker of [killed, stopped]) await worker.says("locked");
  killed.signal("SIGKILL");
  await killed.ended("SIGKILL");
  stopped.signal("SIGSTOP");
  for (const key of ["killed", "stopped"])
    await expect(store.lock(key, { owner: "run 3", ttl: 60_000 })).rejects.toMatchObject({
      code: "LOCKED",
      message: /run of process \d+ holds it/,
    });
  taken = performance.now();
}, 120_000);
afterAll(async () => {
  await stopped?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

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

  it("holds a lock for longer than Prefect's shortest lease, which ends by itself where its holder was killed, or stopped, which that learns on waking", {
    timeout: 120_000,
  }, async () => {
    await using store = await openPrefectStore(server.url, "long");
    await sleep(Math.max(taken + 79_000 - performance.now(), 0));
    await expect(store.lock("kept", { owner: "run 3", ttl: 60_000 })).rejects.toThrow(/run 1 holds it since 20/);
    expect(kept.lost.aborted).toBe(false);
    await (await store.lock("killed", { owner: "run 3", ttl: 60_000 })).release();
    const lock = await store.lock("stopped", { owner: "run 3", ttl: 1_500 });
    stopped.signal("SIGCONT");
    expect(await stopped.says("lost")).toMatch(/Cannot keep the lock of "stopped"/);
    await stopped.finish();
    await sleep(2_000);
    expect(lock.lost.aborted).toBe(false);
    await expect(store.lock("stopped", { owner: "run 4", ttl: 60_000 })).rejects.toMatchObject({ code: "LOCKED", message: /run 3/ });
    await lock.release();
    await kept.release();
  });
});
