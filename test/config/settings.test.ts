import { describe, expect, it } from "vitest";
import { around, errorsOf, load, pipelineOf, say } from "./support/project.js";

const STEPS = "steps: { a: { extract: manual_input, rows: [{ n: 1 }] }, b: { load: output, from: a } }";

describe("settings", () => {
  it("have all their errors told at once, each at its place", async () => {
    const { errors, project } = await load(`
statee: {}
warehouse: { path: "md:kpi", wait: 5 }
timezone: Europe/Madridd
connections:
  a: { type: servr, url: x }
  b: { type: server, retries: three }
  c: { url: 1 }
  d: 5
  e: { type: mailbox, host: 012 }
pipelines:
  p:
    every: 7m
    settle: 10
    batch: 0
    max_paralel: 3
    ${STEPS}
`);
    expect(project).toBeNull();
    expect(say(errors)).toEqual([
      'config.yaml:2:1 Unknown key "statee" in the configuration | Did you mean "state"?',
      'config.yaml:3:20 Cannot use "md:kpi" as "warehouse.path": must be the path of a DuckDB file; other warehouses are not built yet',
      'config.yaml:3:36 Cannot use "5" as "warehouse.wait": must be a duration such as 90s, 5m or 1h30m',
      'config.yaml:4:11 Cannot use "Europe/Madridd" as "timezone": must be a time zone such as Europe/Madrid',
      'config.yaml:6:14 Unknown connection type "servr" | Did you mean "server"?',
      'config.yaml:7:3 Cannot do without "url" in connection "b": must be text',
      'config.yaml:7:31 Cannot use "three" as "retries": must be a number',
      'config.yaml:8:3 Cannot tell what connection "c" leads to: "type" must be one of its types | Known: mailbox, server',
      'config.yaml:9:3 Cannot tell what connection "d" leads to: "type" must be one of its types | Known: mailbox, server',
      'config.yaml:10:29 Cannot use "12" as "host": must be text | Quotes make it text: "012"',
      'config.yaml:13:12 Cannot use "7m" as "every": must be one of "5m", "10m", "15m", "20m", "30m", "1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d"',
      'config.yaml:14:13 Cannot use "10" as "settle": must be a duration such as 90s, 5m or 1h30m',
      'config.yaml:15:12 Cannot use "0" as "batch": must be at least 1',
      'config.yaml:16:5 Unknown key "max_paralel" in pipeline "p" | Did you mean "max_parallel"?',
    ]);
  });

  it("are named by the keys that lead to them", async () => {
    const { errors } = await load(around("steps: { a: { extract: manual_input, rows: 5 }, b: { load: output, from: a } }\nwatermark: 1h"));
    expect(errors.map(({ path }) => path)).toEqual(["pipelines.p.steps.a.rows", "pipelines.p.watermark"]);
  });

  it("of a step's tries are checked like any others", async () => {
    const steps = (settings: string) =>
      `steps:\n  a: { extract: manual_input, rows: [{ n: 1 }], ${settings} }\n  b: { load: output, from: a }`;
    expect(await errorsOf(steps("retries: 2, backoff: 1s, timeout: 5m"))).toEqual([]);
    expect(await errorsOf(steps("retries: -1, backoff: 6m, timeout: 0s"))).toEqual([
      expect.stringContaining('"retries"'),
      expect.stringContaining('Cannot use "6m" as "backoff": must be at most 5m'),
      expect.stringContaining('Cannot use "0s" as "timeout": must be more than nothing and at most 24d'),
    ]);
    expect(await errorsOf(steps("retrys: 2"))).toEqual([expect.stringContaining('Did you mean "retries"?')]);
  });

  it.each(["window_column", "prove"])("say that %s is not built yet", async (key) => {
    const hint = `"${key}" is not built yet`;
    expect(await errorsOf(`${key}: 1\n${STEPS}`)).toEqual([`config.yaml:4:5 Unknown key "${key}" in pipeline "p" | ${hint}`]);
    expect(await errorsOf(`steps:\n  a: { extract: manual_input, rows: [{ n: 1 }], ${key}: 1 }\n  b: { load: output, from: a }`)).toEqual([
      `config.yaml:5:53 Unknown key "${key}" in step "a" | ${hint}`,
    ]);
  });

  it("name unknown keys deep inside, with what may have been meant", async () => {
    expect(
      await errorsOf(`steps:\n  a: { extract: call, url: x, login: { usr: me, password: '\${P}' } }\n  b: { load: output, from: a }`, {
        P: "pass1234",
      }),
    ).toEqual([
      'config.yaml:5:35 Cannot do without "login.user" in step "a": must be text',
      'config.yaml:5:44 Unknown key "usr" in "login" | Did you mean "user"?',
    ]);
  });

  it("say which forms a value may have", async () => {
    const step = (settings: string) =>
      `steps:\n  a: { extract: series, connection: influx, bucket: b, ${settings} }\n  b: { load: output, from: a }`;
    expect(await errorsOf(step("where: { a: [b, 1], c: { d: e } }, precision: 7"))).toEqual([
      'config.yaml:5:76 Cannot use "1" as "where.a[1]": must be text | Quotes make it text: "1"',
      'config.yaml:5:83 Cannot use a map as "where.c": must be text, or must be a list',
      'config.yaml:5:106 Cannot use "7" as "precision": must be "auto", or must be 3, or must be 6',
    ]);
    expect(await errorsOf(step("fields: []"))).toEqual(['config.yaml:5:68 Cannot use a list as "fields": must have at least 1 entry']);
    expect(await errorsOf(step("limit: 0, sampled: maybe"))).toEqual([
      'config.yaml:5:67 Cannot use "0" as "limit": must be at least 1',
      'config.yaml:5:79 Cannot use "maybe" as "sampled": must be true or false',
    ]);
  });

  it("show long values cut short", async () => {
    expect(await errorsOf(`description: [x]\nevery: ${"x".repeat(1000)}\n${STEPS}`)).toEqual([
      'config.yaml:4:18 Cannot use a list as "description": must be text',
      expect.stringMatching(/^config.yaml:5:12 Cannot use "x{60}…" as "every"/),
    ]);
  });
});

describe("the state", () => {
  it("is kept by the store that is named, with that store's settings", async () => {
    expect(say((await load("state: { store: fil }")).errors)).toEqual([
      'config.yaml:1:17 Unknown state store "fil" | Did you mean "file"?',
    ]);
    expect(say((await load("state: { store: memory, path: x }")).errors)).toEqual([
      'config.yaml:1:25 Unknown key "path" in "state" | Known: lock_ttl, name, store',
    ]);
    expect((await load("state: { store: memory }")).project?.state).toMatchObject({ store: "memory", settings: {}, lockTtl: 60_000 });
    expect((await load("state: { store: memory, lock_ttl: 5s }")).project?.state.lockTtl).toBe(5_000);
    expect(say((await load("state: { store: memory, lock_ttl: 5ms }")).errors)).toEqual([expect.stringMatching(/must be 1s or more/)]);
  });

  it("has a name of its own for each pipeline", async () => {
    const pipelines = `pipelines:\n  one: { ${STEPS} }\n  two: { ${STEPS} }\n  three: { state: { name: "mine-{pipeline}" }, ${STEPS} }`;
    const { project } = await load(`state: { name: "kpi/{pipeline}" }\n${pipelines}`);
    expect([...(project?.pipelines.values() ?? [])].map(({ stateName }) => stateName)).toEqual(["kpi/one", "kpi/two", "mine-three"]);
    const { errors } = await load(`state: { name: pipeline-state }\n${pipelines}`);
    expect(say(errors)).toEqual([
      'config.yaml:4:3 Cannot keep the state of pipeline "two" as "pipeline-state": pipeline "one" keeps its own there | Put {pipeline} into "state.name", or give each pipeline a name of its own: state: { name: … }',
    ]);
  });
});

describe("a pipeline's settings", () => {
  it.each([
    ["previous", { kind: "previous" }],
    ["48h", { kind: "ago", ms: 48 * 3_600_000 }],
    ["2026-01-01T10:00:00+02:00", { kind: "at", instant: Date.UTC(2026, 0, 1, 8) }],
    ["2026-07-01", { kind: "at", instant: Date.UTC(2026, 5, 30, 22) }],
    ["2026-01-01", { kind: "at", instant: Date.UTC(2025, 11, 31, 23) }],
  ])("begin at %s", async (begin, expected) => {
    expect(await pipelineOf(`every: 1h\ntimezone: Europe/Madrid\nbegin: ${begin}\n${STEPS}`)).toMatchObject({ begin: expected });
  });

  it("begin a local day when it begins, also where that is not midnight", async () => {
    const begin = async (date: string, timezone: string) => pipelineOf(`every: 1h\ntimezone: ${timezone}\nbegin: ${date}\n${STEPS}`);
    expect(await begin("2018-11-04", "America/Sao_Paulo")).toMatchObject({ begin: { instant: Date.parse("2018-11-04T01:00:00-02:00") } });
    expect(await begin("2026-01-01", "Pacific/Kiritimati")).toMatchObject({ begin: { instant: Date.parse("2026-01-01T00:00:00+14:00") } });
  });

  it.each(["2026-02-30", "2026-13-01"])("do not begin at %s, which is no date", async (begin) => {
    expect(await errorsOf(`every: 1h\nbegin: ${begin}\n${STEPS}`)).toEqual([
      `config.yaml:5:12 Cannot use "${begin}" as "begin": there is no such date`,
    ]);
  });

  it.each(["yesterday", "2026-01-01T10:00:00", "1.5h", "-1h"])("do not begin at %s", async (begin) => {
    expect(await errorsOf(`every: 1h\nbegin: ${begin}\n${STEPS}`)).toEqual([
      expect.stringMatching(`Cannot use "${begin}" as "begin": must be previous, `),
    ]);
  });

  it.each(["5m", "10m", "15m", "20m", "30m", "1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d"])("let windows be of %s", async (every) => {
    expect(await pipelineOf(`every: ${every}\n${STEPS}`)).toMatchObject({ kind: "windowed", every });
  });

  it("take the time zone of the file where they name none", async () => {
    const { project } = await load(
      `timezone: Europe/Madrid\npipelines:\n  p: { every: 1d, ${STEPS} }\n  q: { every: 1d, timezone: Asia/Tokyo, ${STEPS} }`,
    );
    expect([...(project?.pipelines.values() ?? [])].map((pipeline) => pipeline.kind === "windowed" && pipeline.timezone)).toEqual([
      "Europe/Madrid",
      "Asia/Tokyo",
    ]);
  });

  it.each(["+02:00", "Madrid", "local"])("do not take %s for a time zone", async (timezone) => {
    expect(await errorsOf(`every: 1d\ntimezone: "${timezone}"\n${STEPS}`)).toEqual([
      `config.yaml:5:15 Cannot use "${timezone}" as "timezone": must be a time zone such as Europe/Madrid`,
    ]);
  });

  it("of windows are errors in a workflow", async () => {
    const keys = "timezone: UTC\nbegin: 48h\nsettle: 1m\nbatch: 2\nmax_attempts: 2\nallow_empty: true\nmax_parallel: 2\nmax_duration: 1h";
    const refused = ["timezone", "begin", "settle", "batch", "max_attempts", "allow_empty"];
    expect(await errorsOf(`${keys}\n${STEPS}`)).toEqual(
      refused.map(
        (key, index) =>
          `config.yaml:${4 + index}:5 Cannot use "${key}" in a pipeline without "every": it has no windows | Add every: 1h, or remove "${key}"`,
      ),
    );
    expect(await pipelineOf(`max_parallel: 2\nmax_duration: 1h\n${STEPS}`)).toMatchObject({
      kind: "workflow",
      maxParallel: 2,
      maxDuration: 3_600_000,
    });
  });
});
