import { cpSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import { KpiProject } from "../support/kpi-project.js";
import { NOW } from "../support/sensor-project.js";

let project: KpiProject;
afterEach(() => project.remove());

const POINT = (hour: string, co: number) => `airSensors,sensor_id=EXTRA co=${co} ${Date.parse(`2026-01-05T${hour}:10:03Z`)}000000\n`;
const run = async () => {
  const { windows, error } = await project.json<RunReport>("run", "pipeline-horario");
  return { windows: windows.map(({ start, reason, status }) => `${start.slice(11, 13)} ${reason} ${status}`), code: error?.code };
};

it("the example pipeline does late hours again, and lets its checks keep back what cannot be", async () => {
  project = new KpiProject();
  project.env.KPI_NOW = NOW;
  cpSync(resolve("config"), join(project.folder, "config"), { recursive: true });
  await project.kpi("sample", "--hours", "3");
  expect((await run()).windows).toHaveLength(48);
  project.write("sample/sensors/extra.lp", POINT("02", 0.5));
  expect(await run()).toEqual({ windows: ["02 late loaded"], code: undefined });
  project.write("sample/sensors/extra.lp", POINT("02", 0.5) + POINT("03", 900));
  expect(await run()).toEqual({ windows: ["03 late failed"], code: "CHECK_FAILED" });
});
