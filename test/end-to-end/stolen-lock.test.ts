import type { ChildProcess } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import type { StateHistory, StateList } from "../../src/core/state-reports.js";
import { findPrefect, startPrefect } from "../servers/prefect.js";
import { SERVERS, type ServerStore } from "../state/support/server-stores.js";
import { AnsweredProject, rowOfHour } from "../support/answered-project.js";
import { type AskedRequest, type JsonServer, openJsonServer } from "../support/json-server.js";
import { tables } from "../support/tables.js";

let source: JsonServer;
let project: AnsweredProject;
beforeEach(async () => {
  source = await openJsonServer();
});
afterEach(async () => {
  await source[Symbol.asyncDispose]();
  project?.remove();
});

/** A run that waits for its source: what lets it go on, and how it ends. */
interface Waiting {
  readonly child: ChildProcess;
  goOn(): void;
  readonly ended: Promise<unknown>;
}

async function startWaiting(by: string): Promise<Waiting> {
  const waiting: (() => void)[] = [];
  const asked = new Promise<void>((arrived) => {
    source.answer((request: AskedRequest) => {
      arrived();
      return new Promise((resolve) => waiting.push(() => resolve(rowOfHour(by)(request))));
    });
  });
  const child = project.start("run", "hourly", "--json");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.stdout?.resume();
  child.stderr?.resume();
  await asked;
  return {
    child,
    goOn: () => {
      source.answer(rowOfHour(by));
      for (const answer of waiting) answer();
    },
    ended,
  };
}

const run = (...flags: string[]) => project.json<RunReport>("run", "hourly", ...flags);
const unlock = () => project.json("state", "unlock", "--yes", "--reason", "it hangs");
const published = () => tables(project, 'SELECT hour(window_start)::INT AS h, "by" FROM kpi.seen ORDER BY ALL');
const attempts = () => tables(project, "SELECT status FROM kpi._kpi.attempts");
const holder = async () => (await project.json<StateList>("state", "list")).states[0]?.locked_by;
const cursor = () => project.json("state", "show").then(({ last_processed_hour: hour }) => hour);

const postgres = SERVERS.postgres.find();
it.skipIf(postgres === null)(
  "a run whose lock was taken while it was stopped changes nothing that the new holder has published",
  {
    timeout: 60_000,
  },
  async () => {
    await using server = await SERVERS.postgres.start(postgres ?? "");
    project = new AnsweredProject(source.url, { store: "postgres", lock_ttl: "2s", ...(await server.place()) });
    const first = await startWaiting("first");
    first.child.kill("SIGSTOP");
    source.answer(rowOfHour("second"));
    expect(await run("--wait", "20s")).toMatchObject({ ok: true, code: 0 });
    first.goOn();
    first.child.kill("SIGCONT");
    expect(await first.ended).toBe(0);
    expect(await published()).toEqual([{ h: 3, by: "second" }]);
    expect(await attempts()).toEqual([{ status: "loaded" }]);
  },
);

/** A store's settings, in a place of its own; its server ends when it is disposed. */
interface Place extends AsyncDisposable {
  readonly state: object;
}

const here = (store: string) => async (): Promise<Place> => ({ state: { store }, [Symbol.asyncDispose]: async () => undefined });
const onServer = (store: ServerStore) => async (): Promise<Place> => {
  const server = await SERVERS[store].start(SERVERS[store].find() ?? "");
  return { state: { store, ...(await server.place()) }, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
};
const inPrefect = async (): Promise<Place> => {
  const server = await startPrefect(findPrefect() ?? "");
  return { state: { store: "prefect", api_url: server.url }, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
};

const PLACES: readonly (readonly [store: string, isThere: boolean, open: () => Promise<Place>])[] = [
  ["file", true, here("file")],
  ["duckdb", true, here("duckdb")],
  ["postgres", postgres !== null, onServer("postgres")],
  ["s3", SERVERS.s3.find() !== null, onServer("s3")],
  ["gcs", SERVERS.gcs.find() !== null, onServer("gcs")],
  ["prefect", findPrefect() !== null, inPrefect],
];

describe.each(PLACES)("two holders of one lock in %s, made by force,", (_, isThere, open) => {
  it.skipIf(!isThere)("double nothing, lose nothing, and the older takes nothing back", { timeout: 120_000 }, async () => {
    await using place = await open();
    project = new AnsweredProject(source.url, place.state);
    const first = await startWaiting("first");
    first.child.kill("SIGSTOP");
    expect(await unlock()).toMatchObject({ code: 0, locks: [{ removed: true }] });

    // both work on the same hour, and the older is first to have it
    const second = await startWaiting("second");
    first.goOn();
    first.child.kill("SIGCONT");
    await first.ended;
    expect(await holder()).toContain(String(second.child.pid));
    second.goOn();
    await second.ended;
    const [row, ...more] = await published();
    expect({ hour: row?.h, more, attempts: await attempts() }).toEqual({ hour: 3, more: [], attempts: [{ status: "loaded" }] });
    expect(await cursor()).toBe("2026-01-05T03:00:00Z");

    // the older is stopped over an hour that is done, with another, before it wakes
    project.hour = 4;
    const third = await startWaiting("third");
    third.child.kill("SIGSTOP");
    await unlock();
    project.hour = 5;
    source.answer(rowOfHour("fourth"));
    expect(await run()).toMatchObject({ code: 0, windows: [{ status: "loaded" }, { status: "loaded" }] });
    const before = [await published(), await cursor()];
    third.goOn();
    third.child.kill("SIGCONT");
    await third.ended;
    expect([await published(), await cursor()]).toEqual(before);
    expect(before).toEqual([[row, { h: 4, by: "fourth" }, { h: 5, by: "fourth" }], "2026-01-05T05:00:00Z"]);
    expect(await run()).toMatchObject({ code: 0, windows: [] });
    expect(await attempts()).toHaveLength(3);
    expect((await project.json<StateHistory>("state", "history")).entries).toMatchObject([{ verb: "unlock" }, { verb: "unlock" }]);
  });
});
