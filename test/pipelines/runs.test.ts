import { appendFileSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processes } from "../../src/app/processes.js";
import { KpiError } from "../../src/core/errors.js";
import type { RunEvent } from "../../src/core/events.js";
import { openMemoryStore } from "../support/open-memory-store.js";
import { HOUR, TestProject } from "../support/test-project.js";

let project: TestProject;
const pipeline = () => project.windowed({ begin: { kind: "ago", ms: 3 * HOUR }, batch: 1 });
const runs = () => project.engine(pipeline()).runs;
const folderOf = (id: string) => join(project.folder, ".kpi", "runs", id);
const eventsOf = (id: string) => join(folderOf(id), "events.ndjson");

/** A run's folder as a killed or a live process leaves it; runs of a later `age` are older, in s. */
function leave(id: string, process: unknown, text: string | null, age = 0): void {
  mkdirSync(folderOf(id), { recursive: true });
  writeFileSync(join(folderOf(id), "run.json"), JSON.stringify({ pipeline: "numbers", started: "2026-01-01T10:30:00Z", process }));
  if (text !== null) writeFileSync(eventsOf(id), text);
  const at = Date.now() / 1000 - age;
  for (const name of ["run.json", ...(text === null ? [] : ["events.ndjson"])]) utimesSync(join(folderOf(id), name), at, at);
}

const dead = () => ({ ...(processes.self() as object), started: "0" });
const elsewhere = () => ({ ...(processes.self() as object), machine: "another" });

async function all(events: AsyncIterable<RunEvent>): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of events) types.push(type);
  return types;
}

beforeEach(async () => {
  project = new TestProject(await openMemoryStore(), "2026-01-01T10:30:00Z");
  project.fill("2026-01-01T07:00:00Z", "2026-01-01T10:00:00Z");
});
afterEach(() => project.remove());

describe("the runs that are kept", () => {
  it("are listed newest first, with how they went, while the warehouse stays closed", async () => {
    project.beforeExtract = ({ start }) => {
      if (start === Date.parse("2026-01-01T08:00:00Z")) throw new KpiError("SOURCE_TRUNCATED", "Cannot use the reply", { hint: "Look" });
    };
    await project.run(pipeline(), { runId: "first" });
    project.beforeExtract = () => undefined;
    await project.run(pipeline(), { runId: "second" });
    writeFileSync(project.warehousePath, "nothing that could be opened");
    const [second, first] = await runs().list({});
    expect(second).toMatchObject({ id: "second", pipeline: "numbers", status: "ok", error: null });
    expect(first).toMatchObject({
      ...{ id: "first", pipeline: "numbers", status: "failed", started: "2026-01-01T10:30:00Z", ended: "2026-01-01T10:30:00Z" },
      ...{ windows: { loaded: 2, empty: 0, failed: 1, refused: 0, skipped: 0 }, error: { code: "SOURCE_TRUNCATED" } },
    });
    expect(await runs().list({ pipeline: "another" })).toEqual([]);
    expect((await runs().list({ status: "failed" })).map(({ id }) => id)).toEqual(["first"]);
    expect(await runs().list({ most: 1 })).toHaveLength(1);
    expect(await runs().list({ since: project.now + 1 })).toEqual([]);
    const shown = await runs().show("fi");
    expect(shown).toMatchObject({
      failed: [{ start: "2026-01-01T08:00:00Z", error: { hint: "Look" } }],
      samples: [{ step: "kept" }, { step: "points" }],
      workspace: join(folderOf("first"), "workspace.duckdb"),
    });
    expect(shown.steps.find(({ id }) => id === "kept")).toMatchObject({ rows: 4 });
    expect(await runs().sample("first", "kept")).toEqual([{ value: 1 }, { value: 2 }].map((row) => expect.objectContaining(row)));
  });

  it("are running while their process lives, else interrupted, and unknown where that is another machine's", async () => {
    leave("a", processes.self(), "");
    leave("b", dead(), `{"v":1,"seq":1,"ts":"x","type":"log","data":{"message":"m"}}\n{"v":1,"se`, 10);
    leave("c", elsewhere(), "", 20);
    leave("d", dead(), null, 30);
    const listed = await runs().list({});
    expect(listed.map(({ id, status, events }) => [id, status, events])).toEqual([
      ["a", "running", 0],
      ["b", "interrupted", 1],
      ["c", "unknown", 0],
      ["d", "interrupted", 0],
    ]);
    expect(await runs().show("d")).toMatchObject({ steps: [], samples: [], workspace: null });
  });

  it("are named by their id, its beginning if only one has it, or `last`", async () => {
    leave("run-11", dead(), "", 10);
    leave("run-12", dead(), "", 20);
    expect(await runs().show("last")).toMatchObject({ id: "run-11" });
    expect(await runs().show("run-12")).toMatchObject({ id: "run-12" });
    await expect(runs().show("run-1")).rejects.toMatchObject({ code: "USAGE", hint: expect.stringContaining("run-12") });
    await expect(runs().show("../runs/run-11")).rejects.toMatchObject({ code: "USAGE" });
    await expect(runs().sample("last", "kpi")).rejects.toMatchObject({ code: "USAGE" });
  });

  it("are followed until they end, or until nobody is alive", async () => {
    await project.run(pipeline(), { runId: "whole" });
    const lines = readFileSync(eventsOf("whole"), "utf8").split("\n");
    leave("live", processes.self(), `${lines.slice(0, 2).join("\n")}\n${lines[2]?.slice(0, 9)}`);
    const followed = all(runs().events("live", { follow: true, signal: new AbortController().signal }));
    setTimeout(() => appendFileSync(eventsOf("live"), `${lines[2]?.slice(9)}\n${lines.slice(3).join("\n")}`), 300);
    expect(await followed).toEqual(project.events.map(({ type }) => type));
    leave("killed", dead(), `${lines.slice(0, 2).join("\n")}\n`);
    expect(await all(runs().events("killed", { follow: true, signal: new AbortController().signal }))).toHaveLength(2);
  });

  it("are no longer followed when the reader leaves", async () => {
    leave("live", processes.self(), "");
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(new KpiError("INTERRUPTED", "Stopped")), 50);
    await expect(all(runs().events("live", { follow: true, signal: leaving.signal }))).rejects.toMatchObject({ code: "INTERRUPTED" });
  });

  it("are removed when they are old, but for live ones", async () => {
    leave("old", dead(), "", 100);
    leave("live", processes.self(), "", 100);
    leave("new", dead(), "");
    expect(await runs().prune(Date.now() - 50_000)).toEqual(["old"]);
    expect(["old", "live", "new"].map((id) => existsSync(folderOf(id)))).toEqual([false, true, true]);
  });

  it("are none in a new project", async () => {
    expect(await runs().list({})).toEqual([]);
    await expect(runs().show("last")).rejects.toMatchObject({ code: "USAGE" });
  });
});
