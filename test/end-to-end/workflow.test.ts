import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { KpiProject } from "../support/kpi-project.js";

let project: KpiProject;
beforeEach(() => {
  project = new KpiProject();
  cpSync(resolve("config"), join(project.folder, "config"), { recursive: true });
});
afterEach(() => project.remove());

const run = () => project.json<RunReport>("run", "co-alarm");

describe("the example workflow", () => {
  it("takes the one branch and skips the other, with all that only it feeds", async () => {
    expect(await run()).toMatchObject({
      ...{ code: 0, ok: true, pipeline: "co-alarm", windows: [], cursor: null },
      steps: [
        { id: "readings", status: "done", rows: 3 },
        { id: "too_high", status: "done" },
        { id: "alarm", status: "done", rows: 3 },
        { id: "all_clear", status: "skipped", rows: 0 },
      ],
    });
    expect(project.read("data/co-alarm.csv")).toContain("TLM0102,9.81");
  });

  it("takes the other branch where its condition fails, and shows what came out", async () => {
    project.write("config/pipelines/co-alarm.yaml", project.read("config/pipelines/co-alarm.yaml").replace("9.81", "0.81"));
    const report = await run();
    expect(report).toMatchObject({
      ok: true,
      steps: [{}, {}, { id: "alarm", status: "skipped" }, { id: "all_clear", status: "done", rows: 3 }],
    });
    expect(JSON.stringify(report.outputs)).toContain("TLM0102");
    expect(existsSync(join(project.folder, "data/co-alarm.csv"))).toBe(false);
  });

  it("runs when asked by name alone", async () => {
    const { code, stdout } = await project.kpi("run", "--all", "--json", "--now", "2026-01-05T04:10:00Z");
    expect(code).not.toBe(0);
    expect(JSON.parse(stdout).runs.map(({ pipeline }: RunReport) => pipeline)).toEqual(["pipeline-horario"]);
  });
});
