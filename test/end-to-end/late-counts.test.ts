import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/core/reports.js";
import type { KpiProject } from "../support/kpi-project.js";
import { configWith, sensorProject } from "../support/sensor-project.js";
import { tables } from "../support/tables.js";

const SAMPLE = "sample/sensors";
/** What was changed within the last second is not taken for known. */
const LONG_AGO = new Date("2026-01-01T00:00:00Z");

let project: KpiProject;
beforeEach(async () => {
  project = await sensorProject();
  configure("late: 48h");
});
afterEach(() => project.remove());

/** Puts a line into the pipeline. */
function configure(line: string): void {
  project.write("config/config.yaml", configWith("3h", line));
}

function age(...names: readonly string[]): void {
  for (const name of names) utimesSync(join(project.folder, SAMPLE, name), LONG_AGO, LONG_AGO);
}

/** Writes a file with one point at ten past the hour. */
function point(hour: string, fields: string): void {
  const time = `${Date.parse(`2026-01-05T${hour}:10:03Z`)}000000`;
  project.write(`${SAMPLE}/extra.lp`, `airSensors,sensor_id=EXTRA ${fields} ${time}\n`);
}

const run = () => project.json<RunReport>("run", "pipeline-horario");
const redone = async () => (await run()).windows.map(({ start, reason }) => `${start.slice(11, 13)} ${reason}`);

describe("the counts of a folder's files", () => {
  it("are kept: a run that finds nothing late reads no file that is as it was", async () => {
    const names = readdirSync(join(project.folder, SAMPLE));
    age(...names);
    await run();
    expect(await redone()).toEqual([]);
    // of the same size and time, so that only who reads them would know
    const before = new Map(names.map((name) => [name, project.read(`${SAMPLE}/${name}`)]));
    for (const [name, text] of before) project.write(`${SAMPLE}/${name}`, "?".repeat(Buffer.byteLength(text)));
    age(...names);
    expect(await run()).toMatchObject({ code: 0, windows: [], stderr: expect.not.stringContaining("NOT_COUNTED") });

    for (const [name, text] of before) project.write(`${SAMPLE}/${name}`, text);
    age(...names.filter((name) => name !== "2026-01-05T02.lp"));
    project.write(`${SAMPLE}/2026-01-05T02.lp`, "");
    expect((await redone()).length).toBeGreaterThan(0);
  });

  it("are counts of each field: a value that is gone is not made up for by one of another field", async () => {
    point("02", "co=0.5");
    await run();
    point("02", "temperature=71");
    expect(await redone()).toEqual(["02 late"]);
    expect(await redone()).toEqual([]);
  });
});

describe("lookback", () => {
  it("takes in values that were overwritten in the hours before a due one, and not those of earlier hours", async () => {
    configure("late: 48h\n    lookback: 2h");
    point("02", "co=0.5");
    await run();
    point("02", "co=0.75");
    expect(await redone()).toEqual([]);
    project.env.KPI_NOW = "2026-01-05T05:10:00Z";
    expect(await redone()).toEqual(["02 lookback", "03 lookback", "04 due"]);
    expect(await tables(project, "SELECT co_max FROM kpi.kpi_horario WHERE sensor_id = 'EXTRA'")).toEqual([{ co_max: 0.75 }]);
    point("02", "co=0.25");
    project.env.KPI_NOW = "2026-01-05T06:10:00Z";
    expect(await redone()).toEqual(["03 lookback", "04 lookback", "05 due"]);
  });
});
