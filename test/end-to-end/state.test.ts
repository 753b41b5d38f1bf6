import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HoursReport, StateReport } from "../../src/core/reports.js";
import type { StateHistory, StateList } from "../../src/core/state-reports.js";
import type { KpiProject } from "../support/kpi-project.js";
import { config, sensorProject } from "../support/sensor-project.js";

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject();
  await project.json("run");
});
afterEach(() => project.remove());

const state = async (...words: string[]) => project.json<StateReport & { marked: object }>("state", ...words, "--yes");
const shown = async () => (await project.json<StateReport>("state", "show")).last_processed_hour?.slice(11, 13);
const hours = async () =>
  (await project.json<HoursReport>("hours")).ranges.map(({ from, status, windows }) => `${from.slice(11, 13)} ${windows} ${status}`);
const withStores = (change: (yaml: string) => string = (yaml) => yaml) =>
  project.write(
    "config/config.yaml",
    config("3h", (yaml) => change(`stores: { spare: { store: file, path: spare, name: "kpi-{pipeline}" } }\n${yaml}`)),
  );

describe("kpi state list", () => {
  it("shows pipelines and who works on them", async () => {
    const { states, ok } = await project.json<StateList>("state", "list");
    expect({ ok, states }).toMatchObject({
      ok: true,
      states: [{ pipeline: "pipeline-horario", key: "pipeline-horario", last_processed_hour: "2026-01-05T03:00:00Z", locked_by: null }],
    });
    expect((await project.kpi("state", "ls")).stdout).toMatch(/^pipeline-horario +2026-01-05T03:00:00Z/m);
  });
});

describe("kpi state history and undo", () => {
  it("tell who did what, and take it back one after the other", async () => {
    const before = await project.kpi("show", "--json");
    await state("set", "2026-01-05T01:00:00Z", "--reason", "typing error");
    await state("skip", "2026-01-05T02:00:00Z", "--reason", "sensor off");
    expect(await hours()).toEqual(["01 1 loaded", "02 1 skipped", "03 1 missing"]);
    const { entries } = await project.json<StateHistory>("state", "history");
    expect(entries).toMatchObject([
      { verb: "skip", reason: "sensor off", at: "2026-01-05T04:10:00Z" },
      { verb: "set", reason: "typing error", by: expect.stringMatching(/@/), marked: { status: "reopened", windows: 2 } },
    ]);
    expect((await project.kpi("state", "history")).stdout).toContain("sensor off");

    expect((await project.kpi("state", "undo")).code).toBe(2);
    expect((await project.json("state", "undo", "--dry-run")).change).toContain('undo the "skip"');
    expect(await hours()).toEqual(["01 1 loaded", "02 1 skipped", "03 1 missing"]);
    expect(await state("undo")).toMatchObject({ code: 0, last_processed_hour: "2026-01-05T01:00:00Z" });
    expect(await state("undo")).toMatchObject({ code: 0, last_processed_hour: "2026-01-05T03:00:00Z" });
    expect(await hours()).toEqual(["01 3 loaded"]);
    expect((await project.kpi("show", "--json")).stdout).toBe(before.stdout);
    expect(await state("undo")).toMatchObject({ code: 2, error: { code: "USAGE" } });
    expect(await project.json("run")).toMatchObject({ code: 0, windows: [] });
  });
});

describe("kpi state export and import", () => {
  it("bring a state back as it was, with its history, and the ledger with it", async () => {
    await state("set", "2026-01-05T02:00:00Z", "--reason", "first");
    const { stdout } = await project.kpi("state", "export");
    project.write("states.json", stdout);
    await project.json("run");
    expect(await shown()).toBe("03");

    expect((await project.kpi("state", "import", "states.json")).code).toBe(2);
    const tried = await project.json<{ changes: string[] }>("state", "import", "states.json", "--dry-run");
    expect(tried.changes[0]).toContain("from 2026-01-05T03:00:00Z to 2026-01-05T02:00:00Z: the windows after it are opened again");
    expect(await shown()).toBe("03");
    expect(await state("import", "states.json")).toMatchObject({ changes: [{ marked: { status: "reopened", windows: 1 } }] });
    expect([await shown(), await hours()]).toEqual(["02", ["01 2 loaded", "03 1 missing"]]);
    const { entries } = await project.json<StateHistory>("state", "history");
    expect(entries.map(({ verb }) => verb)).toEqual(["import", "set"]);
    await state("undo");
    expect(await hours()).toEqual(["01 3 loaded"]);
  });

  it("never let the state lead the warehouse: what it does not hold is adopted, or refused", async () => {
    project.write("states.json", (await project.kpi("state", "export")).stdout);
    const other = await sensorProject();
    try {
      other.write("states.json", project.read("states.json"));
      const refused = await other.json("state", "import", "states.json", "--yes");
      expect(refused).toMatchObject({ code: 78, error: { code: "STATE_AHEAD", hint: expect.stringContaining("--adopt") } });
      expect(await other.json("state", "import", "states.json", "--adopt", "--yes")).toMatchObject({
        changes: [{ last_processed_hour: "2026-01-05T03:00:00Z", marked: { status: "adopted", windows: 3 } }],
      });
      expect(await other.json("run")).toMatchObject({ code: 0, windows: [] });
    } finally {
      other.remove();
    }
  });
});

describe("kpi state copy", () => {
  it("takes cursor and history to another store, and says which line to change", async () => {
    await state("set", "2026-01-05T02:00:00Z", "--reason", "first");
    withStores();
    expect((await project.kpi("state", "copy", "--to", "spare")).code).toBe(2);
    const { code, stdout } = await project.kpi("state", "copy", "--to", "spare", "--yes", "--reason", "new disk");
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("state: { store: spare }\n") });
    expect(project.read("spare/kpi-pipeline-horario.json")).toContain("2026-01-05T02:00:00Z");
    // what it said
    withStores((yaml) => yaml.replace("state:     { store: file, path: .kpi/state }", "state: { store: spare }"));
    expect(await project.json("state", "show")).toMatchObject({ last_processed_hour: "2026-01-05T02:00:00Z" });
    const { entries } = await project.json<StateHistory>("state", "history");
    expect(entries).toMatchObject([
      { verb: "copy", reason: "new disk" },
      { verb: "set", reason: "first" },
    ]);
    expect(await project.json("run")).toMatchObject({ code: 0, windows: [{ start: "2026-01-05T03:00:00Z", status: "loaded" }] });
    // and back, over what has become old there
    expect((await project.kpi("state", "copy", "--to", "duckdb", "--yes")).code).toBe(0);
    withStores((yaml) => yaml.replace("state:     { store: file, path: .kpi/state }", "state: { store: duckdb }"));
    expect(await shown()).toBe("03");
    expect(await project.json("run")).toMatchObject({ code: 0, windows: [] });
    expect((await project.json<StateHistory>("state", "history")).entries).toHaveLength(3);
  });

  it("keeps the key that the configuration gives", async () => {
    const named = (store: string) =>
      project.write(
        "config/config.yaml",
        config("3h", (yaml) => yaml.replace(/^state:.*$/m, `state: { store: ${store}, name: "plant-{pipeline}" }`)),
      );
    named("file");
    await project.json("run");
    const { stdout } = await project.kpi("state", "copy", "pipeline-horario", "--to", "duckdb", "--yes");
    expect(stdout).toContain('state: { store: duckdb, name: "plant-{pipeline}" }\n');
    named("duckdb");
    expect(await project.json("state", "list")).toMatchObject({
      states: [{ key: "plant-pipeline-horario", updated_by: expect.stringContaining("copy") }],
    });
  });

  it("is refused for a store that there is none of, that has no such state, or where it is already", async () => {
    withStores();
    expect(await state("copy", "--to", "spaer")).toMatchObject({ code: 2, error: { hint: 'Did you mean "spare"?' } });
    expect(await state("copy", "--to", "prefect")).toMatchObject({
      code: 2,
      error: { message: expect.stringContaining("needs settings") },
    });
    expect(await state("copy", "--from", "spare")).toMatchObject({ code: 2, error: { message: expect.stringContaining("holds nothing") } });
    expect(await state("copy")).toMatchObject({ code: 2 });
  });
});

describe("kpi state unlock", () => {
  it("shows who holds the lock, and takes it away once that is confirmed", async () => {
    const lock = { owner: "run 01a2 on host-9 (process 7)", host: "host-9", machine: "another", pid: 7, started: null };
    const path = ".kpi/state/pipeline-horario.lock";
    project.write(path, JSON.stringify({ ...lock, token: "t0", since: "2026-01-05T04:00:00Z", ttl: 3_600_000 }));
    expect(await project.json("run")).toMatchObject({ code: 75, error: { code: "LOCKED" } });
    const refused = await project.kpi("state", "unlock");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(lock.owner) });
    const held = { key: "pipeline-horario", owner: lock.owner, since: "2026-01-05T04:00:00Z" };
    expect(await project.json("state", "unlock", "--dry-run")).toMatchObject({ locks: [{ ...held, removed: false }] });
    expect((await project.json<StateList>("state", "list")).states).toMatchObject([{ locked_by: lock.owner }]);
    expect(await state("unlock", "--reason", "host-9 is gone")).toMatchObject({ code: 0, locks: [{ ...held, removed: true }] });
    expect(await project.json("run")).toMatchObject({ code: 0 });
    expect((await project.json<StateHistory>("state", "history")).entries).toMatchObject([{ verb: "unlock", reason: "host-9 is gone" }]);
    expect(await state("unlock")).toMatchObject({ code: 0, locks: [] });
  });
});

describe("adopted hours", () => {
  it("are neither missing nor ours, shown as such, and done again by a backfill that asks for all", async () => {
    const fresh = await sensorProject();
    const ranges = async () =>
      (await fresh.json<HoursReport>("hours")).ranges.map(({ from, status, windows }) => `${from.slice(11, 13)} ${windows} ${status}`);
    try {
      await fresh.json("state", "set", "2026-01-05T01:00:00Z", "--adopt", "--yes");
      expect(await fresh.json("run")).toMatchObject({ code: 0, windows: [{ status: "loaded" }, { status: "loaded" }] });
      expect(await ranges()).toEqual(["01 1 adopted", "02 2 loaded"]);
      expect((await fresh.kpi("hours")).stdout).toContain("◇ 1 adopted");
      const stretch = ["backfill", "--from", "2026-01-05T01:00:00Z", "--to", "2026-01-05T04:00:00Z"];
      expect(await fresh.json(...stretch)).toMatchObject({ code: 0, windows: [] });
      expect(await fresh.json(...stretch, "--rerun", "all", "--max-windows", "1")).toMatchObject({
        code: 0,
        windows: [{ status: "loaded" }],
      });
      expect(await ranges()).toEqual(["01 3 loaded"]);
    } finally {
      fresh.remove();
    }
  });

  it("go back to where somebody says that the other program began", async () => {
    const fresh = await sensorProject();
    try {
      await fresh.json("state", "reset", "--from", "2026-01-04T20:00:00Z", "--yes");
      expect(await fresh.json("state", "set", "2026-01-05T01:00:00Z", "--adopt", "--yes")).toMatchObject({
        ...{ code: 0, first_hour: "2026-01-04T20:00:00Z", marked: { status: "adopted", windows: 6 } },
      });
    } finally {
      fresh.remove();
    }
  });
});
