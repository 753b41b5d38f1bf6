import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stateStoreContract } from "../../contracts/state-store.js";
import { openGate } from "../../doubles/tcp-gate.js";
import type { StateServer } from "../../servers/state-server.js";
import { bundleWorker } from "./bundle-worker.js";
import { openServerStore, SERVERS, type ServerStore } from "./server-stores.js";
import { Worker } from "./start-worker.js";

const at = (hour: number) => ({ last_processed_hour: `2026-01-01T0${hour}:00:00Z`, first_hour: null });

/** What stands in a request that writes the state of `p`, and in no other. */
const WRITING: Readonly<Record<ServerStore, string>> = { postgres: "UPDATE ", s3: "PUT /", gcs: "uploadType=multipart" };

/** How long a lock has to last to outlive its server's restart, in ms. */
const RESTART: Readonly<Record<ServerStore, number>> = { postgres: 4_000, s3: 20_000, gcs: 3_000 };

/** What holds for every store on a server, beside what holds for all. `further` gets the server once it is there. */
export function holdToPromises(type: ServerStore, further: (server: () => StateServer) => void): void {
  const program = SERVERS[type].find();
  describe.skipIf(program === null)(`the ${type} store`, () => {
    let server: StateServer;
    beforeAll(async () => {
      server = await SERVERS[type].start(program ?? "");
    }, 60_000);
    afterAll(() => server?.[Symbol.asyncDispose]());

    describe("keeps the contract of stores:", () => keepsTheContract(type, () => server));
    describe("on a way that breaks", () => settles(type, () => server));
    describe("its locks", () => keepsLocks(type, () => server));
    describe("a lock's holder", () => survivesItsHolder(type, () => server));
    further(() => server);
  });
}

function keepsTheContract(type: ServerStore, server: () => StateServer): void {
  for (const [sentence, check] of Object.entries(stateStoreContract)) {
    it(sentence, { timeout: 30_000 }, async () => {
      const place = await server().place();
      await check({ open: () => openServerStore(type, place), ttl: 900 });
    });
  }
}

function settles(type: ServerStore, server: () => StateServer): void {
  it.each(["before", "answered"] as const)("makes a write once, whether it breaks %s or not", async (when) => {
    await using gate = await openGate(server().port);
    await using store = await openServerStore(type, await server().place(gate.port));
    const first = await store.write("p", at(1), null, "a");
    gate.breakAt(WRITING[type], when);
    const second = await store.write("p", at(2), first, "b");
    expect(await store.read("p")).toMatchObject({ value: at(2), version: second, updated_by: "b" });
    await expect(store.write("p", at(3), first, "c")).rejects.toMatchObject({ code: "STATE_CONFLICT" });
  });

  it("removes once, though the answer is lost", async () => {
    await using gate = await openGate(server().port);
    await using store = await openServerStore(type, await server().place(gate.port));
    const version = await store.write("p", at(1), null, "a");
    gate.breakAt(type === "postgres" ? "DELETE " : WRITING[type], "answered");
    await store.remove("p", version);
    expect(await store.read("p")).toBe(null);
  });

  it("says that it cannot be reached, and goes on when it can", { timeout: 30_000 }, async () => {
    await using gate = await openGate(server().port);
    await using store = await openServerStore(type, await server().place(gate.port));
    const version = await store.write("p", at(1), null, "a");
    gate.shut();
    await expect(store.read("p")).rejects.toMatchObject({ code: "SOURCE_UNREACHABLE", exit: 69 });
    await expect(store.write("p", at(2), version, "a")).rejects.toMatchObject({ code: "SOURCE_UNREACHABLE" });
    await expect(store.lock("p", { owner: "run 1", ttl: 60_000 })).rejects.toMatchObject({ code: "SOURCE_UNREACHABLE" });
    gate.open();
    await store.write("p", at(2), version, "a");
  });
}

function keepsLocks(type: ServerStore, server: () => StateServer): void {
  it("are taken once, though the answer is lost", async () => {
    await using gate = await openGate(server().port);
    await using store = await openServerStore(type, await server().place(gate.port));
    await store.write("p", at(1), null, "a");
    gate.breakAt(type === "postgres" ? "INSERT INTO" : WRITING[type], "answered");
    const lock = await store.lock("p", { owner: "run 1", ttl: 60_000 });
    await expect(store.lock("p", { owner: "run 2", ttl: 60_000 })).rejects.toMatchObject({ code: "LOCKED", message: /run 1/ });
    await lock.release();
    await (await store.lock("p", { owner: "run 2", ttl: 60_000 })).release();
  });

  it("outlive an answer lost on renewal", async () => {
    await using gate = await openGate(server().port);
    await using store = await openServerStore(type, await server().place(gate.port));
    const lock = await store.lock("p", { owner: "run 1", ttl: 1_500 });
    gate.breakAt(WRITING[type], "answered");
    await sleep(3_500);
    expect(lock.lost.aborted).toBe(false);
    await expect(store.lock("p", { owner: "run 2", ttl: 60_000 })).rejects.toMatchObject({ code: "LOCKED", message: /run 1/ });
    await lock.release();
  });

  it("are lost when they could not be renewed in time", { timeout: 20_000 }, async () => {
    await using gate = await openGate(server().port);
    await using store = await openServerStore(type, await server().place(gate.port));
    const lock = await store.lock("p", { owner: "run 1", ttl: 1_500 });
    gate.shut();
    await new Promise((resolve) => lock.lost.addEventListener("abort", resolve, { once: true }));
    expect(lock.lost.reason).toMatchObject({ code: "LOCKED", message: 'Cannot keep the lock of "p": it could not be renewed in time' });
    await lock.release();
  });

  it("outlive a restart of the server", { timeout: 60_000 }, async () => {
    const ttl = RESTART[type];
    const place = await server().place();
    await using store = await openServerStore(type, place);
    await using other = await openServerStore(type, place);
    const lock = await store.lock("p", { owner: "run 1", ttl });
    await server().restart();
    await expect(other.lock("p", { owner: "run 2", ttl })).rejects.toMatchObject({ code: "LOCKED", message: /run 1/ });
    await sleep(ttl / 2.5);
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
    await (await other.lock("p", { owner: "run 2", ttl })).release();
  });
}

function survivesItsHolder(type: ServerStore, server: () => StateServer): void {
  let folder: string;
  let program: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "kpi-worker-"));
    program = await bundleWorker(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const hold = (place: Readonly<Record<string, unknown>>, ttl: number) =>
    new Worker(program, { store: type, place, folder, task: "hold", ttl });

  it("that is killed is replaced at once", async () => {
    const place = await server().place();
    await using store = await openServerStore(type, place);
    await using worker = hold(place, 60_000);
    await worker.says("locked");
    await expect(store.lock("p", { owner: "run 2", ttl: 60_000 })).rejects.toMatchObject({
      code: "LOCKED",
      message: /run of process \d+ holds it/,
    });
    worker.signal("SIGKILL");
    await worker.ended("SIGKILL");
    await (await store.lock("p", { owner: "run 2", ttl: 60_000 })).release();
  });

  it("that is stopped keeps it until it expires, finds on waking that it is lost, and leaves the other's alone", {
    timeout: 30_000,
  }, async () => {
    const place = await server().place();
    await using store = await openServerStore(type, place);
    await using worker = hold(place, 1_500);
    await worker.says("locked");
    worker.signal("SIGSTOP");
    await expect(store.lock("p", { owner: "run 2", ttl: 60_000 })).rejects.toMatchObject({ code: "LOCKED" });
    await sleep(4_000);
    const lock = await store.lock("p", { owner: "run 2 on host-1", ttl: 60_000 });
    worker.signal("SIGCONT");
    expect(await worker.says("lost")).toMatch(/Cannot keep the lock of "p": run 2 on host-1 has taken it/);
    await worker.finish();
    expect(lock.lost.aborted).toBe(false);
    await expect(store.lock("p", { owner: "run 3", ttl: 60_000 })).rejects.toMatchObject({ code: "LOCKED", message: /run 2/ });
    await lock.release();
  });
}
