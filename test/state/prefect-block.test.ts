import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PrefectAsk, PrefectReply } from "../../src/prefect/prefect-ask.js";
import { PrefectClient } from "../../src/prefect/prefect-client.js";
import { findPrefect, type PrefectServer, startPrefect } from "../servers/prefect.js";
import { openImpatientStore, openPrefectStore, openStoreWith } from "./support/open-prefect-store.js";

const venv = findPrefect();
let server: PrefectServer;
beforeAll(async () => {
  if (venv !== null) server = await startPrefect(venv);
}, 120_000);
afterAll(() => server?.[Symbol.asyncDispose]());

/** The class as the documentation shows it, with what a test does with it. */
const python = (...lines: string[]) => {
  const [, shown = ""] = /```python\n([\s\S]*?)```/.exec(readFileSync("docs/state/prefect.md", "utf8")) ?? [];
  return server.python([shown, "from datetime import timezone", ...lines].join("\n"));
};
const load = 'state = PipelineStateBlock.load("pipeline-state")';
const at = (hour: number) => ({ last_processed_hour: `2026-01-01T0${hour}:00:00Z`, first_hour: "2026-01-01T00:00:00Z" });
const open = (options = {}) => openPrefectStore(server.url, "pipelinestateblock", options);

describe.skipIf(venv === null)("the block of the prefect store", () => {
  it("is the one that Python saves and loads, before, between and after", { timeout: 90_000 }, async () => {
    const warnings: string[] = [];
    await using store = await open({ warn: (code: string, message: string) => warnings.push(`${code}: ${message}`) });
    await python('PipelineStateBlock(last_processed_hour=datetime(2026, 1, 1, 1)).save("pipeline-state")');
    const naive = await store.read("pipeline-state");
    expect(naive).toMatchObject({
      value: { last_processed_hour: "2026-01-01T01:00:00Z", first_hour: null },
      updated_by: "another client of Prefect",
    });
    expect(warnings).toEqual([
      'STATE_NAIVE_TIME: The Prefect block "pipeline-state" holds "2026-01-01T01:00:00" without a time zone: it is read as UTC',
    ]);
    expect(await store.list()).toEqual(["pipeline-state"]);

    const version = await store.write("pipeline-state", { ...naive?.value, ...at(2), plant: "north" }, naive?.version ?? null, "run 1");
    expect(await python(load, "print(state.last_processed_hour.isoformat(), state.plant)")).toBe("2026-01-01T02:00:00+00:00 north");

    await python(
      load,
      "state.last_processed_hour = datetime(2026, 1, 1, 3, tzinfo=timezone.utc)",
      'state.save("pipeline-state", overwrite=True)',
    );
    await expect(store.write("pipeline-state", at(9), version, "run 2")).rejects.toMatchObject({ code: "STATE_CONFLICT" });
    const theirs = await store.read("pipeline-state");
    expect(theirs).toMatchObject({ value: { ...at(3), plant: "north" }, updated_by: "another client of Prefect" });

    await store.write("pipeline-state", { ...theirs?.value, ...at(4) }, theirs?.version ?? null, "run 3");
    expect(await python(load, "print(state.last_processed_hour.isoformat(), state.plant)")).toBe("2026-01-01T04:00:00+00:00 north");
    expect(await store.read("pipeline-state")).toMatchObject({ value: { ...at(4), plant: "north" }, updated_by: "run 3" });
  });

  it("is none where Python has saved none, and null where Python has saved no hour", async () => {
    await using store = await open();
    expect(await store.read("nothing")).toBeNull();
    await python('PipelineStateBlock().save("no-hour")');
    expect((await store.read("no-hour"))?.value).toEqual({ last_processed_hour: null, first_hour: null });
  });

  it("is read by Python also where kpi made the type and the block", async () => {
    await using store = await openPrefectStore(server.url, "ours");
    await store.write("made-here", at(5), null, "run 1");
    const loaded = await server.python(
      'from prefect.blocks.core import Block\nfrom datetime import datetime\nclass Ours(Block):\n  last_processed_hour: datetime | None = None\nprint(Ours.load("made-here").last_processed_hour)',
    );
    expect(loaded).toBe("2026-01-01 05:00:00+00:00");
  });
});

/** Changes concurrency limits as others would. */
async function call(method: string, path: string, body: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const headers = { "content-type": "application/json" };
  const reply = await fetch(`${server.url}/v2/concurrency_limits/${path}`, { method, headers, body: JSON.stringify(body) });
  expect(reply.ok).toBe(true);
}

describe.skipIf(venv === null)("a lock of the prefect store", () => {
  it("is lost when the server restarts, and its stuck slot is freed once its note is old", { timeout: 90_000 }, async () => {
    const patience = { stuckAfter: 4_000, secondLook: 200 };
    await using store = openImpatientStore(server.url, "restarted", patience);
    const lock = await store.lock("p", { owner: "run 1", ttl: 3_000 });
    const lost = new Promise((resolve) => lock.lost.addEventListener("abort", resolve));
    await server.restart();
    await lost;
    expect(lock.lost.reason).toMatchObject({ code: "LOCKED", message: expect.stringContaining('Cannot keep the lock of "p"') });
    await lock.release();
    const contenders = Array.from({ length: 4 }, () => openImpatientStore(server.url, "restarted", patience));
    const until = Date.now() + 20_000;
    for (;;) {
      const settled = await Promise.allSettled(contenders.map((each, index) => each.lock("p", { owner: `run ${index + 2}`, ttl: 60_000 })));
      const locks = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      expect(locks.length).toBeLessThanOrEqual(1);
      await locks[0]?.release();
      if (locks.length === 1) break;
      expect(Date.now()).toBeLessThan(until);
    }
  });

  it("is lost when somebody deletes its limit, and what it then lets go is nothing of who has it next", { timeout: 60_000 }, async () => {
    await using store = await openPrefectStore(server.url, "deleted");
    const lock = await store.lock("p", { owner: "run 1", ttl: 3_000 });
    const lost = new Promise((resolve) => lock.lost.addEventListener("abort", resolve));
    const second = await store.lock("q", { owner: "run 1", ttl: 60_000 });
    for (const key of ["p", "q"]) await call("DELETE", `kpi-lock-deleted-${key}`);
    const next = await store.lock("q", { owner: "run 2", ttl: 3_000 });
    await lost;
    expect(lock.lost.reason).toMatchObject({ code: "LOCKED", message: expect.stringContaining('Cannot keep the lock of "p"') });
    await second.release();
    await sleep(2_500);
    expect(next.lost.aborted).toBe(false);
    await expect(store.lock("q", { owner: "run 3", ttl: 60_000 })).rejects.toMatchObject({ code: "LOCKED", message: /run 2/ });
    await next.release();
  });

  it("is freed where a slot was taken by nobody that left a note", { timeout: 60_000 }, async () => {
    await using store = openImpatientStore(server.url, "unknown", { stuckAfter: 3_000, secondLook: 200 });
    await (await store.lock("p", { owner: "run 1", ttl: 60_000 })).release();
    await call("POST", "increment", { names: ["kpi-lock-unknown-p"], slots: 1 });
    await expect(store.lock("p", { owner: "run 2", ttl: 60_000 })).rejects.toThrow('Cannot lock "p": somebody holds it');
    const freed = () => store.lock("p", { owner: "run 3", ttl: 60_000 }).catch(() => null);
    let lock = await freed();
    for (const until = Date.now() + 20_000; lock === null && Date.now() < until; lock = await freed()) await sleep(500);
    expect(lock).not.toBeNull();
    await lock?.release();
  });

  it("is one even where Prefect knows no limit of that name, and passes over it without a word", async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => openPrefectStore(server.url, "never-seen")));
    const settled = await Promise.allSettled(stores.map((store, index) => store.lock("p", { owner: `run ${index}`, ttl: 60_000 })));
    const locks = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const codes = settled.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : []));
    expect({ locks: locks.length, codes }).toEqual({ locks: 1, codes: Array(4).fill("LOCKED") });
    await locks[0]?.release();
  });

  it("is refused where the limit was changed so that it excludes nobody", async () => {
    await using store = await openPrefectStore(server.url, "changed");
    await (await store.lock("p", { owner: "run 1", ttl: 60_000 })).release();
    for (const change of [{ active: false }, { active: true, limit: 2 }]) {
      await call("PATCH", "kpi-lock-changed-p", change);
      await expect(store.lock("p", { owner: "run 2", ttl: 60_000 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    }
  });
});

/** Another client writes over each block right after kpi has. */
class Disturbed extends PrefectClient {
  override async ask(ask: PrefectAsk): Promise<PrefectReply> {
    const reply = await super.ask(ask);
    if (ask.method === "PATCH" && ask.path.startsWith("/block_documents/"))
      await super.ask({ ...ask, body: { data: at(7), merge_existing_data: true } });
    return reply;
  }
}

describe.skipIf(venv === null)("the prefect store", () => {
  it("reads back what it has written, and takes nothing for its own that another has put there in between", async () => {
    await using store = await openPrefectStore(server.url, "disturbed");
    const version = await store.write("p", at(1), null, "run 1");
    const client = new Disturbed({ url: server.url, authorization: null });
    await using disturbed = openStoreWith(client, "disturbed");
    await expect(disturbed.write("p", at(2), version, "run 1")).rejects.toMatchObject({
      code: "STATE_CONFLICT",
      message: expect.stringContaining("another client of Prefect wrote at the same moment"),
    });
    expect(await store.read("p")).toMatchObject({ value: at(7), updated_by: "another client of Prefect" });
  });

  it("says what is wrong with its address", async () => {
    await using store = await openPrefectStore(server.url.replace(/\/api$/, ""), "pipelinestateblock");
    await expect(store.read("p")).rejects.toMatchObject({ code: "SOURCE_UNEXPECTED" });
    await using nobody = await openPrefectStore("http://127.0.0.1:9/api", "pipelinestateblock");
    await expect(nobody.read("p")).rejects.toMatchObject({ code: "SOURCE_UNREACHABLE" });
  });
});
