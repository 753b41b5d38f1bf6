import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import output from "../../src/loaders/output.js";
import { loaderContract } from "../contracts/loader.js";
import { hours, openStepHarness, type StepHarness } from "../support/step-harness.js";

let harness: StepHarness;
beforeEach(async () => {
  harness = await openStepHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

const windows = hours("2026-01-01T10:00:00Z", 2);
const [ten, eleven] = windows.map(({ start }) => start) as [number, number];
const input = { windowed: true, sql: "select timestamptz '2026-01-01 10:00:00Z' as window_start, 'a' as id, 1.5::double as co" };
const report = () => JSON.parse(readFileSync(join(harness.scratch, "outputs", "a_step.json"), "utf8"));
const text = (path: string) => readFileSync(join(harness.project, path), "utf8");

describe("output", () => {
  const published = async ({ project }: StepHarness) => {
    const files = existsSync(join(project, "out")) ? readdirSync(join(project, "out")).sort() : [];
    return files.flatMap((name) => JSON.parse(readFileSync(join(project, "out", name), "utf8")).map((row: unknown) => JSON.stringify(row)));
  };
  it.each(Object.entries(loaderContract))("%s", (_, check) => check({ node: output, settings: { path: "out/{window}.json" }, published }));

  it("keeps rows for the run's report", async () => {
    const sql = "select range as n, 9007199254740993 as large, 'NaN'::double as nan from range(1200)";
    expect(await harness.load(output, {}, { sql }, null)).toEqual({ rows: new Map([[null, 1200]]) });
    expect(report()).toMatchObject({
      total: 1200,
      columns: [
        { name: "n", type: "BIGINT" },
        { name: "large", type: "BIGINT" },
        { name: "nan", type: "DOUBLE" },
      ],
    });
    expect(report().rows).toHaveLength(1000);
    expect(report().rows[0]).toEqual({ n: 0, large: "9007199254740993", nan: "NaN" });
  });

  it("writes one file a window, also for a window without rows", async () => {
    expect(await harness.load(output, { path: "out/{pipeline}/{step}-{window}.csv" }, input, windows)).toEqual({
      rows: new Map([
        [ten, 1],
        [eleven, 0],
      ]),
    });
    expect(text("out/a_pipeline/a_step-20260101T100000Z.csv")).toBe("window_start,id,co\n2026-01-01 10:00:00+00,a,1.5\n");
    expect(text("out/a_pipeline/a_step-20260101T110000Z.csv")).toBe("window_start,id,co\n");
    expect(report()).toEqual({
      files: ["out/a_pipeline/a_step-20260101T100000Z.csv", "out/a_pipeline/a_step-20260101T110000Z.csv"],
      rows: 1,
    });
  });

  it("writes JSON and Parquet, and replaces what was there", async () => {
    for (const id of ["a", "b"]) {
      await harness.load(output, { path: "out.json" }, { sql: `select '${id}' as id` }, null);
      await harness.load(output, { path: "data/out.bin", to: "parquet" }, { sql: `select '${id}' as id` }, null);
    }
    expect(JSON.parse(text("out.json"))).toEqual([{ id: "b" }]);
    await using db = await harness.workspace.connect();
    expect(await db.rows(`select * from read_parquet('${harness.project}/data/out.bin')`)).toEqual([{ id: "b" }]);
    expect(readdirSync(join(harness.project, "data"))).toEqual(["out.bin"]);
  });

  it("removes the file where nothing came", async () => {
    await harness.load(output, { path: "out-{window}.csv" }, input, windows);
    await harness.load(output, { path: "out-{window}.csv" }, null, windows);
    expect(readdirSync(harness.project).filter((name) => name.startsWith("out"))).toEqual([]);
  });

  it("leaves nothing of a file that could not be made", async () => {
    const failing = { sql: "select 1 as x" };
    mkdirSync(join(harness.project, "out.csv"));
    await expect(harness.load(output, { path: "out.csv" }, failing, null)).rejects.toMatchObject({
      code: "CANNOT_WRITE",
      message: expect.stringContaining('"out.csv"'),
    });
  });

  it("stays in the project, links or not", async () => {
    symlinkSync(tmpdir(), join(harness.project, "away"));
    await expect(harness.load(output, { path: "away/kpi-test-out.csv" }, { sql: "select 1 as x" }, null)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
    expect(existsSync(join(tmpdir(), "kpi-test-out.csv"))).toBe(false);
  });

  it("wants the window in the path where there are windows", async () => {
    await expect(harness.load(output, { path: "out.csv" }, input, windows)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      hint: expect.stringContaining("{window}"),
    });
  });

  it.each([
    { path: "/tmp/x.csv" },
    { path: "../x.csv" },
    { path: "a/../../x.csv" },
    { path: "x.txt" },
    { path: "{hour}.csv" },
    { to: "csv" },
  ])("refuses the settings %j", (settings) => {
    expect(output.config.safeParse(settings).success).toBe(false);
  });
});
