// A process of its own that works on a state store: node worker.mjs '{"store":"file","folder":"…","task":"count","writes":60}'
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { importSource } from "../../../scripts/import-source.mjs";

const { store: type, folder, task, writes = 0, ttl = 60_000 } = JSON.parse(process.argv[2] ?? "{}");
const { openFileStore, openTestWarehouse } = await importSource("test/state/support/open-stores.ts");
const { isOver } = await importSource("src/state/lib/process-identity.ts");
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const store = type === "file" ? await openFileStore(folder) : await openInWarehouse();

async function openInWarehouse() {
  const { openStore } = await openTestWarehouse(folder, { wait: 60_000, scratch: `scratch-${process.pid}` });
  return openStore();
}

/** Counts up one number in one state, as often as asked, however often others come first. */
async function count() {
  for (let done = 0; done < writes; ) {
    const stored = await store.read("p");
    const value = { last_processed_hour: null, first_hour: null, count: (stored?.value.count ?? 0) + 1 };
    try {
      const version = await store.write("p", value, stored?.version ?? null, `process ${process.pid}`);
      say({ won: version, count: value.count });
      done += 1;
    } catch (thrown) {
      if (thrown.code !== "STATE_CONFLICT") throw thrown;
    }
  }
}

/** Holds a lock until a line comes on stdin. */
async function hold() {
  const lock = await store.lock("p", { owner: `run of process ${process.pid}`, ttl });
  lock.lost.addEventListener("abort", () => say({ lost: lock.lost.reason.message }));
  say({ locked: true });
  await new Promise((resolve) => process.stdin.once("data", resolve));
  await lock.release();
  process.stdin.destroy();
}

/** Takes a lock and lets it go, over and over, until a line comes on stdin; in between no other living process may do so. */
async function compete() {
  let stopped = false;
  process.stdin.once("data", () => {
    stopped = true;
    process.stdin.destroy();
  });
  say({ ready: true });
  let entered = 0;
  while (!stopped) {
    await sleep(1);
    const lock = await store.lock("p", { owner: `process ${process.pid}`, ttl }).catch((thrown) => {
      if (thrown.code !== "LOCKED") throw thrown;
      return null;
    });
    if (lock === null) continue;
    requireAlone();
    entered += 1;
    await lock.release();
  }
  say({ entered });
}

function requireAlone() {
  const sign = `${folder}/inside`;
  const other = existsSync(sign) ? Number(readFileSync(sign, "utf8")) : 0;
  if (other > 0 && !isOver({ pid: other, started: null })) throw new Error(`process ${other} is inside too`);
  writeFileSync(sign, String(process.pid));
  rmSync(sign);
}

await { count, hold, compete }[task]();
