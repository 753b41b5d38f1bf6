// A process of its own that works on a state store. Its one argument is a task, as JSON.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { KpiError } from "../../../src/core/errors.js";
import type { StateStore } from "../../../src/core/state-store.js";
import { isOver, thisProcess } from "../../../src/files/process-identity.js";
import { openFileStore } from "./open-stores.js";
import type { Task } from "./start-worker.js";

const { store: type, place = {}, folder, task, key = "p", writes = 0, ttl = 60_000 }: Task = JSON.parse(process.argv[2] ?? "{}");
const owner = `run of process ${process.pid}`;
const say = (line: Readonly<Record<string, unknown>>) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function openStore(): Promise<StateStore> {
  if (type === "file") return openFileStore(folder);
  if (type === "prefect") {
    const { openPrefectStore } = await import("./open-prefect-store.js");
    return openPrefectStore(String(place.url), String(place.block));
  }
  if (type !== "duckdb") {
    const { openServerStore } = await import("./server-stores.js");
    return openServerStore(type, place);
  }
  const { openTestWarehouse } = await import("./open-test-warehouse.js");
  return (await openTestWarehouse(folder, { wait: 60_000, scratch: `scratch-${process.pid}` })).openStore();
}

/** Null where it fails with the code. */
async function unless<Result>(code: string, promise: Promise<Result>): Promise<Result | null> {
  return promise.catch((thrown) => {
    if (thrown instanceof KpiError && thrown.code === code) return null;
    throw thrown;
  });
}

/** Counts up one number in one state, as often as asked, however often others come first. */
async function count(store: StateStore): Promise<void> {
  for (let done = 0; done < writes; ) {
    const stored = await store.read("p");
    const value = { last_processed_hour: null, first_hour: null, count: Number(stored?.value.count ?? 0) + 1 };
    const version = await unless("STATE_CONFLICT", store.write("p", value, stored?.version ?? null, owner));
    if (version === null) continue;
    say({ count: value.count });
    done += 1;
  }
}

/** Holds a lock until a line comes on stdin. */
async function hold(store: StateStore): Promise<void> {
  const lock = await store.lock(key, { owner, ttl });
  lock.lost.addEventListener("abort", () => say({ lost: lock.lost.reason.message }));
  say({ locked: true });
  await new Promise((resolve) => process.stdin.once("data", resolve));
  await lock.release();
  process.stdin.destroy();
}

/** Takes a lock and lets it go, over and over, until a line comes on stdin; in between no other living process may do so. */
async function compete(store: StateStore): Promise<void> {
  let stopped = false;
  process.stdin.once("data", () => {
    stopped = true;
    process.stdin.destroy();
  });
  say({ ready: true });
  let entered = 0;
  while (!(stopped && entered > 0)) {
    await sleep(1);
    const lock = await unless("LOCKED", store.lock("p", { owner, ttl }));
    if (lock === null) continue;
    requireAlone();
    entered += 1;
    await lock.release();
  }
  say({ entered });
}

function requireAlone(): void {
  const sign = `${folder}/inside`;
  const other = existsSync(sign) ? Number(readFileSync(sign, "utf8")) : 0;
  if (other > 0 && !isOver({ ...thisProcess(), pid: other, started: null })) throw new Error(`process ${other} is inside too`);
  writeFileSync(sign, String(process.pid));
  rmSync(sign);
}

/** Not awaited at the top: the module that is imported on demand waits for this one. */
void openStore().then({ count, hold, compete }[task]);
