import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DoctorReport } from "../../src/core/finding.js";
import type { RunReport } from "../../src/core/reports.js";
import type { StateHistory } from "../../src/core/state-reports.js";
import { openGate } from "../doubles/tcp-gate.js";
import { findPrefect, startPrefect } from "../servers/prefect.js";
import type { StateServer } from "../servers/state-server.js";
import { SERVERS } from "../state/support/server-stores.js";
import { AnsweredProject, rowOfHour } from "../support/answered-project.js";
import { type JsonServer, openJsonServer } from "../support/json-server.js";
import { tables } from "../support/tables.js";

/** What stands in a request that writes a state or a lock. */
const WRITING = { postgres: "UPDATE ", s3: "PUT /", gcs: "uploadType=multipart", prefect: "PATCH /api/block_documents/" } as const;

async function startPrefectServer(venv: string): Promise<Omit<StateServer, "restart">> {
  const server = await startPrefect(venv);
  const port = Number(new URL(server.url).port);
  return {
    port,
    place: async (at = port) => ({ api_url: `http://127.0.0.1:${at}/api`, block_type: `kpi-${randomBytes(4).toString("hex")}` }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const STORES = { ...SERVERS, prefect: { find: findPrefect, start: startPrefectServer } };

let source: JsonServer;
let project: AnsweredProject;
beforeEach(async () => {
  source = await openJsonServer();
  source.answer(rowOfHour("source"));
});
afterEach(async () => {
  await source[Symbol.asyncDispose]();
  project?.remove();
});

const run = () => project.json<RunReport>("run", "hourly");
const hoursOf = ({ windows }: RunReport) => windows.map(({ start, status }) => `${start.slice(11, 13)} ${status}`);
const published = async () =>
  (await tables(project, "SELECT hour(window_start) AS h FROM kpi.seen ORDER BY ALL")).map(({ h }) => Number(h));

describe.each(["postgres", "s3", "gcs", "prefect"] as const)("states in %s", (store) => {
  const program = STORES[store].find();
  let server: Omit<StateServer, "restart">;
  beforeAll(async () => {
    if (program !== null) server = await STORES[store].start(program);
  }, 120_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  it.skipIf(program === null)("come by `kpi state copy`, which doctor has tried before, and go back so", { timeout: 120_000 }, async () => {
    const stores = { spare: { store, ...(await server.place()) } };
    project = new AnsweredProject(source.url, { store: "file" }, stores);
    await run();
    const { findings } = await project.json<DoctorReport>("doctor");
    const tried = findings.filter(({ about }) => about === "state").map(({ name, level }) => [name, level]);
    expect(tried).toEqual([
      ["file", "ok"],
      ["spare", "ok"],
    ]);
    expect(await project.json("state", "copy", "--to", "spare", "--yes", "--reason", "many machines")).toMatchObject({ code: 0 });
    project.keepStateIn({ store: "spare" }, stores);
    expect(await project.json("state", "show")).toMatchObject({ store, last_processed_hour: "2026-01-05T03:00:00Z" });
    expect((await project.json<StateHistory>("state", "history")).entries).toMatchObject([{ verb: "copy", reason: "many machines" }]);
    project.hour = 4;
    expect(hoursOf(await run())).toEqual(["04 loaded"]);
    expect(await project.json("state", "copy", "--to", "file", "--yes")).toMatchObject({ code: 0 });
    project.keepStateIn({ store: "file" }, stores);
    expect(await project.json("state", "show")).toMatchObject({ store: "file", last_processed_hour: "2026-01-05T04:00:00Z" });
    expect(await run()).toMatchObject({ code: 0, windows: [] });
  });

  it.skipIf(program === null)("that cannot be reached cost no hour and double none, whenever that is", { timeout: 240_000 }, async () => {
    await using gate = await openGate(server.port);
    project = new AnsweredProject(source.url, { store, ...(await server.place(gate.port)) });
    gate.shut();
    expect(await run()).toMatchObject({ code: 69, windows: [], error: { code: "SOURCE_UNREACHABLE" } });
    expect(source.asked).toEqual([]);
    gate.open();
    expect(hoursOf(await run())).toEqual(["03 loaded"]);
    const faults = [() => gate.shut(), () => gate.breakAt(WRITING[store], "answered", "shut")];
    for (const [index, fault] of faults.entries()) {
      const hour = 4 + index;
      project.hour = hour;
      source.answer((request) => {
        fault();
        return rowOfHour("source")(request);
      });
      expect(await run()).toMatchObject({ code: 69, error: { code: "SOURCE_UNREACHABLE" } });
      // it was published before the state was to be told
      expect(await published()).toContain(hour);
      gate.open();
      // a lease that Prefect was not told of ends by itself, in more than a minute
      if (store === "prefect") expect(await project.kpi("state", "unlock", "--yes")).toMatchObject({ code: 0 });
      const asked = source.asked.length;
      expect(await run()).toMatchObject({ code: 0, windows: [], cursor: `2026-01-05T0${hour}:00:00Z` });
      expect(source.asked.length).toBe(asked);
    }
    expect(await published()).toEqual([3, 4, 5]);
    expect(await tables(project, "SELECT status, count(*)::INT AS n FROM kpi._kpi.attempts GROUP BY ALL")).toEqual([
      { status: "loaded", n: 3 },
    ]);
  });
});
