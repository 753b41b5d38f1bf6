import { describe, expect, it } from "vitest";
import { openOutput } from "../../src/cli/output.js";
import { KpiError } from "../../src/core/errors.js";
import { TEST_SECRETS } from "../support/test-secrets.js";
import { tell } from "./support/fake-app.js";
import { FakeHost } from "./support/fake-host.js";
import { kpi } from "./support/kpi.js";
import { errorReport, hour, planReport, runReport, stateReport } from "./support/reports.js";

const SECRET = TEST_SECRETS.terminal;
const EVIL = "\u001b]0;title\u0007\u001b[31mred\u009b2Jgone\r\u0008\u202e";

const everywhere = (text: string) => ({
  secrets: [SECRET],
  warnings: [{ message: text, hint: text, file: text, line: 1, column: 2, path: "" }],
  plan: planReport({ flow: text, steps: [{ id: "co", type: "influxdb", from: [], query: text }] }),
  state: stateReport({ updated_by: text }),
  tables: [
    {
      table: text,
      columns: [
        { name: "sensor_id", type: "VARCHAR" },
        { name: text, type: "DOUBLE" },
      ],
      rows: [{ sensor_id: text, [text]: 1 }],
    },
  ],
  nodes: [
    {
      role: "load" as const,
      type: "x",
      version: 1,
      summary: text,
      connection: null,
      effect: "none" as const,
      settings: {},
      examples: [{ a: text }],
    },
  ],
});

const failing = (text: string) => ({
  secrets: [SECRET],
  run(_: unknown, options: Parameters<typeof tell>[0]) {
    tell(options, [
      { type: "warning", data: { code: "W", message: text } },
      { type: "log", data: { message: text } },
      { type: "window:end", data: hour(0, { status: "failed", error: errorReport({ message: text }) }) },
    ]);
    return runReport({ ok: false, exit: 65, windows: [hour(0, { status: "failed", error: errorReport({ message: text, hint: text }) })] });
  },
});

const broken = (text: string) => ({
  secrets: [SECRET],
  run() {
    throw new KpiError("SOURCE_REFUSED", text, { hint: text, place: { file: text }, step: text });
  },
});

const COMMANDS = [
  "run",
  "run -v",
  "run --json",
  "run --events",
  "run --all",
  "plan --explain",
  "show",
  "state show",
  "nodes",
  "nodes x",
  "validate",
];
const BEHAVIOURS = [everywhere, failing, broken];

describe("whatever is written", () => {
  it.each(COMMANDS)("by `kpi %s` holds no secret", async (typed) => {
    for (const behaviour of BEHAVIOURS) {
      const { stdout, stderr } = await kpi(typed, behaviour(`it was ${SECRET}, ${encodeURIComponent(SECRET)}`), {
        env: { KPI_DEBUG: "1", ...(typed.startsWith("nodes") && { INFLUX_TOKEN: SECRET }) },
      });
      expect(stdout + stderr).not.toContain(SECRET);
      expect(stdout + stderr).not.toContain(encodeURIComponent(SECRET));
    }
  });

  it.each(COMMANDS.filter((typed) => !/--json|--events/.test(typed)))(
    "by `kpi %s` holds nothing that a terminal could take for a command",
    async (typed) => {
      for (const behaviour of BEHAVIOURS) {
        const { stdout, stderr } = await kpi(typed, behaviour(EVIL), { env: { KPI_DEBUG: "1" } });
        expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
      }
    },
  );

  it("in JSON stays JSON, with a secret that is a number, and with integers beyond doubles", async () => {
    const tables = [{ table: "t", columns: [], rows: [{ n: 8640, big: 2n ** 60n, text: "8640" }] }];
    const { stdout } = await kpi("show --json", { tables, secrets: ["8640"] });
    expect(JSON.parse(stdout).tables[0].rows).toEqual([{ n: 8640, big: "1152921504606846976", text: "***" }]);
  });
});

describe("the streams", () => {
  it("wait until a slow reader has taken everything", async () => {
    const host = new FakeHost();
    const output = openOutput(host);
    for (let index = 0; index < 1_000; index += 1) output.result(`${"x".repeat(1_000)}\n`);
    expect(await output.flush()).toBeNull();
    expect(host.stdout.text).toHaveLength(1_001_000);
  });

  it("may lose their reader: that is no error", async () => {
    expect(await kpi("plan", {}, { refusal: "EPIPE" })).toMatchObject({ status: 0, stderr: "" });
  });

  it("end with 74 where the result cannot be written", async () => {
    const { status, stderr } = await kpi("plan", {}, { refusal: "ENOSPC" });
    expect(status).toBe(74);
    expect(stderr).toContain("error: Cannot write the result to stdout: write ENOSPC (CANNOT_WRITE)");
  });

  it("keep the status of a failure whose reader has left", async () => {
    expect(await kpi("run --json", broken("no"), { refusal: "EPIPE" })).toMatchObject({ status: 65 });
  });
});
