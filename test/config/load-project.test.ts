import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadProject } from "../../src/config/load-project.js";
import { catalogue } from "./support/catalogue.js";
import { folderOf, load, projectOf, say } from "./support/project.js";

const EXAMPLE = `
state:     { store: file, path: .kpi/state }
warehouse: { path: data/kpi.duckdb }
connections:
  influx: { type: server, url: "\${INFLUX_URL:-file:sample}", token: "\${INFLUX_TOKEN:-}" }
pipelines:
  hourly:            # FLOW: co → clean → kpi → publish
    every: 1h
    begin: 48h
    settle: 5m
    steps:
      co:      { extract: series, connection: influx, bucket: sensors, fields: [co, temperature] }
      clean:   { transform: sql, from: co, spans: true, sql: "select * from co where co is not null" }
      kpi:     { transform: keep, from: clean, where: co > 0 }
      publish: { load: table, from: kpi, table: kpi_horario }
`;

describe("loadProject", () => {
  it("reads a whole project with its defaults", async () => {
    const cwd = folderOf({ "config/config.yaml": EXAMPLE });
    const { root, files, project, warnings, errors } = await loadProject({ env: { INFLUX_TOKEN: "tok-12345" }, cwd, catalogue });
    expect({ root, files, warnings, errors }).toEqual({ root: cwd, files: [join("config", "config.yaml")], warnings: [], errors: [] });
    expect(project).toMatchObject({
      root: cwd,
      state: { store: "file", settings: { path: join(cwd, ".kpi/state") } },
      warehouse: { path: join(cwd, "data/kpi.duckdb"), wait: 60_000 },
      secrets: ["tok-12345"],
    });
    expect(project?.connections.get("influx")).toEqual({
      name: "influx",
      type: "server",
      settings: { url: "file:sample", token: "tok-12345", retries: 3 },
    });
    const pipeline = project?.pipelines.get("hourly");
    expect(pipeline).toMatchObject({
      kind: "windowed",
      name: "hourly",
      every: "1h",
      timezone: "UTC",
      begin: { kind: "ago", ms: 48 * 3_600_000 },
      settle: 300_000,
      batch: 24,
      maxAttempts: 24,
      maxParallel: 4,
      maxDuration: null,
      allowEmpty: false,
      stateName: "hourly",
      flow: "co → clean → kpi → publish",
      place: { file: join("config", "config.yaml"), line: 7, column: 3 },
    });
    expect(pipeline?.steps.map(({ id, role, from, connection }) => ({ id, role, from, connection }))).toEqual([
      { id: "co", role: "extract", from: [], connection: "influx" },
      { id: "clean", role: "transform", from: [{ alias: "co", step: "co", port: null }], connection: null },
      { id: "kpi", role: "transform", from: [{ alias: "clean", step: "clean", port: null }], connection: null },
      { id: "publish", role: "load", from: [{ alias: "kpi", step: "kpi", port: null }], connection: null },
    ]);
  });

  it("fills in defaults for everything but pipelines", async () => {
    const project = await projectOf({ "config.yaml": "" });
    expect(project).toMatchObject({
      state: { store: "file", settings: { path: join(project.root, ".kpi/state") } },
      warehouse: { path: join(project.root, "data/kpi.duckdb"), wait: 60_000 },
      secrets: [],
    });
    expect([project.connections.size, project.pipelines.size]).toEqual([0, 0]);
  });

  it("warns where there are no pipelines", async () => {
    expect(say((await load("")).warnings)).toEqual([
      "config.yaml:1:1 Cannot run anything: there are no pipelines | Add one under pipelines:",
    ]);
  });
});
