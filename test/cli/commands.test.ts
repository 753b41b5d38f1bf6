import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.js";
import { fakeApp, windowed, workflow } from "./support/fake-app.js";
import { FakeHost } from "./support/fake-host.js";
import { kpi } from "./support/kpi.js";
import { planReport } from "./support/reports.js";

const HOUR = "2026-01-01T12:00:00Z";
const INSTANT = Date.parse(HOUR);

describe("`kpi run`", () => {
  it("hands the engine what was typed", async () => {
    const { asked } = await kpi(`run pipeline-horario --until ${HOUR} --max-windows 5 --wait 2m --allow-empty --keep --run-id x`);
    const options = { until: INSTANT, maxWindows: 5, wait: 120_000, allowEmpty: true, keep: true, runId: "x" };
    expect(asked).toEqual([["run", "pipeline-horario", options]]);
  });

  it("means the only pipeline where none is named, and knows the names", async () => {
    expect((await kpi("run")).asked).toEqual([["run", "pipeline-horario", {}]]);
    const { status, stderr } = await kpi("run pipeline-horari");
    expect(status).toBe(2);
    expect(stderr).toContain("Did you mean pipeline-horario?");
  });

  it("only plans with --dry-run", async () => {
    const { asked, stdout } = await kpi("run --dry-run --max-windows 2 --json");
    expect(asked).toEqual([["plan", "pipeline-horario", { maxWindows: 2 }]]);
    expect(stdout).toBe((await kpi("plan --max-windows 2 --json")).stdout);
  });

  it("reads bare dates as the pipeline does", async () => {
    expect((await kpi("run --until 2026-01-02")).asked).toEqual([
      ["run", "pipeline-horario", { until: Date.parse("2026-01-02T00:00:00Z") }],
    ]);
  });
});

describe("`kpi plan`", () => {
  const due = (start: number, reason: "due" | "failed") => ({
    start: `2026-01-01T1${start}:00:00Z`,
    end: `2026-01-01T1${start + 1}:00:00Z`,
    reason,
  });

  it("shows the flow, the windows by reason, and what is left alone", async () => {
    const plan = planReport({
      windows: [due(0, "failed"), due(2, "due"), due(3, "due")],
      unsettled: [{ start: HOUR, end: "2026-01-01T13:00:00Z", because: "attempts used up" }],
      stale: 4,
    });
    const { stdout } = await kpi("plan", { plan });
    expect(stdout).toBe(
      "pipeline-horario: 3 windows to do\n" +
        "  # FLOW: co → kpi → publish\n" +
        "  last processed 2026-01-01T11:00:00Z, settled up to 2026-01-01T12:00:00Z\n" +
        "  2026-01-01T10:00:00Z → 2026-01-01T11:00:00Z  failed before  1 window\n" +
        "  2026-01-01T12:00:00Z → 2026-01-01T14:00:00Z  due  2 windows\n" +
        "  2026-01-01T12:00:00Z → 2026-01-01T13:00:00Z  left alone: attempts used up  1 window\n" +
        "  Once it is mended: kpi backfill pipeline-horario --from 2026-01-01T12:00:00Z --to 2026-01-01T13:00:00Z --rerun failed\n" +
        '  To give it up: kpi state skip pipeline-horario 2026-01-01T12:00:00Z --reason "…"\n' +
        "  4 windows computed under an older definition of the pipeline\n",
    );
  });

  it("shows the queries with --explain", async () => {
    const plan = planReport({
      steps: [
        { id: "co", type: "influxdb", from: [], query: "from(bucket)\n" },
        { id: "kpi", type: "sql", from: ["co"], query: null },
      ],
    });
    const { stdout, asked } = await kpi("plan --explain", { plan });
    expect(asked).toEqual([["plan", "pipeline-horario", { explain: true }]]);
    expect(stdout).toContain("\nco (influxdb)\nfrom(bucket)\n");
  });

  it("prints the engine's report as it is with --json", async () => {
    expect(JSON.parse((await kpi("plan --json")).stdout)).toEqual(planReport());
  });
});

describe("`kpi validate`", () => {
  const issue = {
    message: "Unknown key",
    hint: "Did you mean every?",
    file: "config/config.yaml",
    line: 4,
    column: 5,
    path: "pipelines.p.evry",
  };

  it("names files and pipelines, and opens nothing", async () => {
    const { stdout } = await kpi("validate", { pipelines: [windowed("a"), workflow("b")] });
    expect(stdout).toBe("✔ config/config.yaml: 2 pipelines (a, b)\n");
  });

  it("tells warnings on stderr and in the document", async () => {
    const { status, stdout, stderr } = await kpi("validate --json", { warnings: [issue] });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "warning: config/config.yaml:4:5 Unknown key\n  Did you mean every?\n" });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, pipelines: ["pipeline-horario"], warnings: [issue] });
  });

  it.each(["validate", "run", "plan"])("every error with its place, by `kpi %s`, then 78", async (command) => {
    const errors = [issue, { ...issue, line: 9, message: "Wrong type" }];
    const { status, stdout, stderr } = await kpi(`${command} --json`, { errors });
    expect(status).toBe(78);
    expect(stderr).toMatch(
      /^error: config\/config.yaml:4:5 Unknown key\n {2}Did you mean every\?\nerror: config\/config.yaml:9:5 Wrong type\n/,
    );
    expect(stderr).toContain("Cannot use the configuration: 2 errors (CONFIG_INVALID)");
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "CONFIG_INVALID" }, issues: errors });
  });
});

describe("`kpi nodes`", () => {
  const settings = {
    type: "object",
    properties: {
      metrics: { type: "object", description: "column and formula" },
      mode: { enum: ["replace", "merge"], default: "replace", description: "how" },
      by: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
    },
    required: ["metrics", "mode"],
  };
  const node = {
    role: "transform" as const,
    type: "aggregate",
    version: 1,
    summary: "groups rows",
    connection: null,
    effect: "none" as const,
    settings,
    examples: [{ by: "x" }],
  };
  const nodes = [node, { ...node, type: "sql", summary: "asks" }];

  it.each(["nodes", "nodes list", "nodes ls"])("`kpi %s` lists them", async (typed) => {
    expect((await kpi(typed, { nodes })).stdout).toBe(
      "role       type       summary\ntransform  aggregate  groups rows\ntransform  sql        asks\n",
    );
  });

  it("shows one with its settings and examples", async () => {
    expect((await kpi("nodes aggregate", { nodes })).stdout).toBe(
      "aggregate (transform): groups rows\nversion 1\n\n" +
        "setting  type                     default    meaning\n" +
        "metrics  object                   required   column and formula\n" +
        'mode     replace | merge          "replace"  how\n' +
        "by       string | list of string\n" +
        '\nExamples:\n  {"by":"x"}\n',
    );
    expect(JSON.parse((await kpi("nodes sql --json", { nodes })).stdout).nodes).toEqual([nodes[1]]);
  });

  it("suggests the name that was meant", async () => {
    expect((await kpi("nodes agregate", { nodes })).stderr).toContain("Did you mean aggregate?");
  });
});

describe("`kpi schema` and `kpi sample`", () => {
  it("print the JSON Schema", async () => {
    expect(JSON.parse((await kpi("schema")).stdout)).toEqual({ type: "object" });
    expect(JSON.parse((await kpi("schema --json")).stdout)).toEqual({ ok: true, schema_version: 1, schema: { type: "object" } });
  });

  it("write samples up to now, beside where one stands", async () => {
    const { asked, stdout } = await kpi(`sample --now ${HOUR}`);
    expect(asked).toEqual([["writeSample", { folder: "/project/sample", until: INSTANT, hours: 48 }]]);
    expect(stdout).toBe(`/project/sample: 48 hours up to ${HOUR}, 414,720 points in 49 new files\n`);
    expect((await kpi("sample --folder /tmp/x --hours 6", {}, { env: { KPI_NOW: HOUR } })).asked).toEqual([
      ["writeSample", { folder: "/tmp/x", until: INSTANT, hours: 6 }],
    ]);
  });
});

describe("--now and --config", () => {
  it("reach the composition root", async () => {
    const app = fakeApp();
    const host = new FakeHost({ env: { KPI_NOW: "2020-01-01T00:00:00Z" } });
    await main(["plan", "--now", HOUR, "--config", "other.yaml"], host, app);
    await main(["plan"], host, app);
    expect(app.calls.filter(([name]) => name === "load" || name === "openEngine" || name === "close")).toEqual([
      ["load", { config: "other.yaml", env: host.env, cwd: "/project" }],
      ["openEngine", { now: HOUR }],
      ["close"],
      ["load", { config: undefined, env: host.env, cwd: "/project" }],
      ["openEngine", { now: "2020-01-01T00:00:00Z" }],
      ["close"],
    ]);
  });
});
