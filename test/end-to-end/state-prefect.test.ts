import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { HoursReport, RunReport, StateReport } from "../../src/core/reports.js";
import type { StateHistory } from "../../src/core/state-reports.js";
import { findPrefect, type PrefectServer, startPrefect } from "../servers/prefect.js";
import { AnsweredProject, rowOfHour } from "../support/answered-project.js";
import { openJsonServer } from "../support/json-server.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

const venv = findPrefect();
let server: PrefectServer;
let project: KpiProject;
beforeAll(async () => {
  if (venv !== null) server = await startPrefect(venv);
}, 120_000);
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(async () => {
  if (venv === null) return;
  project = await sensorProject();
  const left = await fetch(`${server.url}/block_types/slug/pipelinestateblock/block_documents/name/pipeline-state`);
  if (left.ok) await fetch(`${server.url}/block_documents/${((await left.json()) as { id: string }).id}`, { method: "DELETE" });
});
afterEach(() => project?.remove());

/** The class as the documentation shows it, with what the old pipeline does with it. */
const python = (...lines: string[]) => {
  const [, shown = ""] = /```python\n([\s\S]*?)```/.exec(readFileSync("docs/state/prefect.md", "utf8")) ?? [];
  return server.python([shown, "from datetime import timezone", ...lines].join("\n"));
};
const configure = (state: string) => {
  const block = `stores: { block: { store: prefect, api_url: "${server.url}", name: pipeline-state } }`;
  project.write(
    "config/config.yaml",
    config("3h", (yaml) => `${block}\n${yaml.replace(/^state:.*$/m, `state: ${state}`)}`),
  );
};
const ranges = async () =>
  (await project.json<HoursReport>("hours")).ranges.map(({ from, status, windows }) => `${from.slice(11, 13)} ${windows} ${status}`);

describe.skipIf(venv === null)("the block of a Python pipeline that goes on", () => {
  it("is read by Python after kpi's writes, and by `kpi state show` before, between and after them", { timeout: 180_000 }, async () => {
    const load = 'state = PipelineStateBlock.load("pipeline-state")\nprint(state.last_processed_hour.isoformat())';
    const save = 'state.save("pipeline-state", overwrite=True)';
    const shown = async () => {
      const { code, store, last_processed_hour: hour, updated_by: by } = await project.json("state", "show", "pipeline-horario");
      return { code, store, hour, python: by === "another client of Prefect" };
    };
    const at = (hour: number) => ({ code: 0, store: "prefect", hour: `2026-01-05T0${hour}:00:00Z` });
    const adopt = (hour: number) => project.json("state", "set", `2026-01-05T0${hour}:00:00Z`, "--adopt", "--yes");
    configure("{ store: block }");

    await python("state = PipelineStateBlock(last_processed_hour=datetime(2026, 1, 5, 1))", save);
    expect(await shown()).toEqual({ ...at(1), python: true });
    expect(await adopt(1)).toMatchObject({ code: 0 });
    expect(await project.json("run")).toMatchObject({ code: 0, cursor: "2026-01-05T03:00:00Z" });
    expect(await shown()).toEqual({ ...at(3), python: false });

    const further = "state.last_processed_hour = datetime(2026, 1, 5, 4, tzinfo=timezone.utc)";
    expect(await python(load, further, save)).toBe("2026-01-05T03:00:00+00:00");
    expect(await shown()).toEqual({ ...at(4), python: true });
    project.env.KPI_NOW = "2026-01-05T06:10:00Z";
    expect(await project.json("run")).toMatchObject({ code: 78, error: { code: "STATE_AHEAD" } });
    expect(await adopt(4)).toMatchObject({ code: 0 });
    await project.json("run", "--allow-empty");

    // loaded and saved as it was, with all that kpi keeps in it
    expect(await python(load, save)).toBe("2026-01-05T05:00:00+00:00");
    expect(await shown()).toMatchObject(at(5));
    expect(await project.json("run")).toMatchObject({ code: 0, windows: [] });
  });
});

describe.skipIf(venv === null)("moving from a Python pipeline and back", () => {
  it("keeps the cursor, and tells the old pipeline's hours from ours", { timeout: 180_000 }, async () => {
    await python('PipelineStateBlock(last_processed_hour=datetime(2026, 1, 5, 1, tzinfo=timezone.utc)).save("pipeline-state")');
    configure("{ store: file }");
    const there = await project.json("state", "copy", "--from", "block", "--adopt", "--yes", "--reason", "moved from Python");
    expect(there).toMatchObject({
      code: 0,
      changes: [{ last_processed_hour: "2026-01-05T01:00:00Z", marked: { status: "adopted", windows: 1 } }],
    });
    expect(await project.json("run")).toMatchObject({
      code: 0,
      windows: [{ start: "2026-01-05T02:00:00Z" }, { start: "2026-01-05T03:00:00Z" }],
    });
    expect(await ranges()).toEqual(["01 1 adopted", "02 2 loaded"]);

    const back = await project.kpi("state", "copy", "--to", "block", "--yes");
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining("state: { store: block }") });
    const load = 'state = PipelineStateBlock.load("pipeline-state")';
    expect(await python(load, "print(state.last_processed_hour.isoformat())")).toBe("2026-01-05T03:00:00+00:00");

    // Python does an hour, and kpi works on its block from then on
    await python(
      load,
      "state.last_processed_hour = datetime(2026, 1, 5, 4, tzinfo=timezone.utc)",
      'state.save("pipeline-state", overwrite=True)',
    );
    configure("{ store: block }");
    project.env.KPI_NOW = "2026-01-05T05:10:00Z";
    expect(await project.json("run")).toMatchObject({ code: 78, error: { code: "STATE_AHEAD" } });
    const adopted = await project.json<StateReport>("state", "set", "2026-01-05T04:00:00Z", "--adopt", "--yes");
    expect(adopted).toMatchObject({ code: 0, last_processed_hour: "2026-01-05T04:00:00Z", marked: { status: "adopted", windows: 1 } });
    expect(await ranges()).toEqual(["01 1 adopted", "02 2 loaded", "04 1 adopted"]);
    const { entries } = await project.json<StateHistory>("state", "history");
    expect(entries.map(({ verb, reason }) => [verb, reason])).toEqual([
      ["set", null],
      ["copy", null],
      ["copy", "moved from Python"],
    ]);
    expect(await python(load, "print(state.last_processed_hour.isoformat())")).toBe("2026-01-05T04:00:00+00:00");
  });

  it("is refused without a word about the hours that the warehouse does not hold, and for an hour that is none or not over", {
    timeout: 60_000,
  }, async () => {
    await python('PipelineStateBlock(last_processed_hour=datetime(2026, 1, 5, 1)).save("pipeline-state", overwrite=True)');
    configure("{ store: file }");
    const refused = await project.json("state", "copy", "--from", "block", "--yes");
    expect(refused.stderr.match(/holds "2026-01-05T01:00:00" without a time zone: it is read as UTC/g)).toHaveLength(1);
    expect(refused).toMatchObject({ code: 78, error: { code: "STATE_AHEAD", hint: expect.stringContaining("--adopt") } });
    expect(await project.json("state", "show")).toMatchObject({ last_processed_hour: null });
    for (const hour of ["1, 30", "4"]) {
      await python(`PipelineStateBlock(last_processed_hour=datetime(2026, 1, 5, ${hour})).save("pipeline-state", overwrite=True)`);
      expect(await project.json("state", "copy", "--from", "block", "--adopt", "--yes")).toMatchObject({
        code: 2,
        error: { code: "USAGE" },
      });
    }
  });
});

describe.skipIf(venv === null)("a run whose lock's limit somebody deletes in Prefect", () => {
  it("learns of that on renewal, and leaves alone what the next has published", { timeout: 120_000 }, async () => {
    await using source = await openJsonServer();
    const answered = new AnsweredProject(source.url, { store: "prefect", api_url: server.url, block_type: "deleted", lock_ttl: "6s" });
    try {
      const limits = `${server.url}/v2/concurrency_limits`;
      let answer = () => {};
      const asked = new Promise<void>((arrived) => {
        source.answer((request) => {
          arrived();
          return new Promise((resolve) => {
            answer = () => resolve(rowOfHour("first")(request));
          });
        });
      });
      const child = answered.start("run", "hourly", "--json");
      const ended = new Promise((resolve) => child.once("exit", resolve));
      let said = "";
      child.stderr?.on("data", (data) => {
        said += data;
      });
      await asked;
      expect((await fetch(`${limits}/kpi-lock-deleted-hourly`, { method: "DELETE" })).status).toBe(204);
      source.answer(rowOfHour("second"));
      const second = await answered.json<RunReport>("run", "hourly");
      expect(second).toMatchObject({ code: 0, windows: [{ status: "loaded" }] });
      while (!said.includes("The lock was lost")) await once(child.stderr ?? child, "data");
      answer();
      expect(await ended).toBe(0);
      expect(await tables(answered, 'SELECT "by" FROM kpi.seen')).toEqual([{ by: "second" }]);
      expect(await answered.json("run", "hourly")).toMatchObject({ code: 0, windows: [] });
    } finally {
      answered.remove();
    }
  });
});
