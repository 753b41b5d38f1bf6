import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findPrefect, startPrefect } from "../servers/prefect.js";
import { removeFolder } from "../support/find-secrets.js";
import { bundleWorker } from "./support/bundle-worker.js";
import { openPrefectStore } from "./support/open-prefect-store.js";
import { openFileStore } from "./support/open-stores.js";
import { openTestWarehouse } from "./support/open-test-warehouse.js";
import { openServerStore, SERVERS } from "./support/server-stores.js";
import { type Task, Worker } from "./support/start-worker.js";

const TIMES = process.env.KPI_TEST_LONG === undefined ? 1 : 10;
const PROCESSES = 5;

let bundle: string;
let program: string;
beforeAll(async () => {
  bundle = mkdtempSync(join(tmpdir(), "kpi-worker-"));
  program = await bundleWorker(bundle);
});
afterAll(() => rmSync(bundle, { recursive: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpi-state-"));
});
afterEach(() => removeFolder(folder));

async function withWorkers(task: Task, work: (workers: readonly Worker[]) => Promise<void>): Promise<void> {
  const workers = Array.from({ length: PROCESSES }, () => new Worker(program, task));
  try {
    await work(workers);
  } finally {
    for (const worker of workers) await worker[Symbol.asyncDispose]();
  }
}

/** Has all count up one number, and looks at what each write made it: none twice, none left out. */
async function hammer(where: Pick<Task, "store" | "place">, writes: number): Promise<void> {
  const counts: number[] = [];
  await withWorkers({ ...where, folder, task: "count", writes: writes / PROCESSES }, async (workers) => {
    for (const worker of workers) await worker.ended();
    counts.push(...workers.flatMap(({ said }) => said.map(({ count }) => Number(count))));
  });
  expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: writes }, (_, index) => index + 1));
}

describe("five processes that count up one number have one winner for each version", () => {
  it("in files", { timeout: 120_000 * TIMES }, async () => {
    const writes = 2_000 * TIMES;
    await hammer({ store: "file" }, writes);
    await using store = await openFileStore(folder);
    expect((await store.read("p"))?.value.count).toBe(writes);
    expect(readdirSync(join(folder, "state")).sort()).toEqual(["p.json", "p.previous.json"]);
  });

  it("in the warehouse", { timeout: 240_000 * TIMES }, async () => {
    const writes = 300 * TIMES;
    await hammer({ store: "duckdb" }, writes);
    await using warehouse = await openTestWarehouse(folder);
    expect((await (await warehouse.openStore()).read("p"))?.value.count).toBe(writes);
  });

  for (const [type, count] of [
    ["postgres", 2_000],
    ["s3", 500],
    ["gcs", 300],
  ] as const) {
    const server = SERVERS[type].find();
    it.skipIf(server === null)(`in ${type}`, { timeout: 180_000 * TIMES }, async () => {
      await using running = await SERVERS[type].start(server ?? "");
      const place = await running.place();
      await hammer({ store: type, place }, count * TIMES);
      await using store = await openServerStore(type, place);
      expect((await store.read("p"))?.value.count).toBe(count * TIMES);
    });
  }

  const prefect = findPrefect();
  it.skipIf(prefect === null)("in Prefect", { timeout: 300_000 * TIMES }, async () => {
    await using running = await startPrefect(prefect ?? "");
    const place = { url: running.url, block: "counter" };
    await hammer({ store: "prefect", place }, 100 * TIMES);
    await using store = await openPrefectStore(running.url, place.block);
    expect((await store.read("p"))?.value.count).toBe(100 * TIMES);
  });
});

/** Places of locks that other processes of this machine see at once. */
const PLACES = {
  file: async () => {
    const store = await openFileStore(folder);
    return { store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
  },
  duckdb: async () => {
    const warehouse = await openTestWarehouse(folder);
    return { store: await warehouse.openStore(), [Symbol.asyncDispose]: () => warehouse[Symbol.asyncDispose]() };
  },
};

describe.each(["file", "duckdb"] as const)("the holder of a lock of the %s store", (type) => {
  it("that is killed is replaced at once", async () => {
    await using place = await PLACES[type]();
    const { store } = place;
    await using worker = new Worker(program, { store: type, folder, task: "hold" });
    await worker.says("locked");
    await expect(store.lock("p", { owner: "run 2", ttl: 60_000 })).rejects.toMatchObject({
      code: "LOCKED",
      message: /run of process \d+ holds it/,
    });
    worker.signal("SIGKILL");
    await worker.ended("SIGKILL");
    const lock = await store.lock("p", { owner: "run 2", ttl: 60_000 });
    await lock.release();
    expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).includes("lock"))).toEqual([]);
  });

  it("that is stopped keeps it until it expires, finds on waking that it is lost, and leaves the other's alone", async () => {
    await using place = await PLACES[type]();
    const { store } = place;
    await using worker = new Worker(program, { store: type, folder, task: "hold", ttl: 1_500 });
    await worker.says("locked");
    worker.signal("SIGSTOP");
    await expect(store.lock("p", { owner: "run 2", ttl: 60_000 })).rejects.toMatchObject({ code: "LOCKED" });
    await new Promise((resolve) => setTimeout(resolve, 1_700));
    const lock = await store.lock("p", { owner: "run 2 on host-1", ttl: 60_000 });
    worker.signal("SIGCONT");
    expect(await worker.says("lost")).toMatch(/Cannot keep the lock of "p": run 2 on host-1 has taken it/);
    await worker.finish();
    expect(lock.lost.aborted).toBe(false);
    await expect(store.lock("p", { owner: "run 3", ttl: 60_000 })).rejects.toMatchObject({ code: "LOCKED", message: /run 2/ });
    await lock.release();
  });
});

describe("the holder of a lock", () => {
  it("is never one of two, however many contend and are killed", { timeout: 60_000 * TIMES }, async () => {
    for (let round = 0; round < 2 * TIMES; round++) {
      await withWorkers({ store: "file", folder, task: "compete" }, async ([last, ...doomed]) => {
        for (const worker of doomed) await worker.says("ready");
        for (const worker of doomed) {
          await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
          worker.signal("SIGKILL");
          await worker.ended("SIGKILL");
        }
        await last?.finish();
        expect(await last?.says("entered")).toBeGreaterThan(0);
      });
    }
  });
});
