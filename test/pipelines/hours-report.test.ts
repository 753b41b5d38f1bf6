import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processes } from "../../src/app/processes.js";
import type { HoursOptions } from "../../src/core/engine.js";
import { KpiError } from "../../src/core/errors.js";
import type { WindowedPipeline } from "../../src/core/pipeline.js";
import type { HoursReport } from "../../src/core/reports.js";
import { openMemoryStore } from "../support/open-memory-store.js";
import { HOUR, TestProject } from "../support/test-project.js";

let project: TestProject;
const pipeline = (changes: Partial<WindowedPipeline> = {}) => project.windowed({ begin: { kind: "ago", ms: 6 * HOUR }, ...changes });
const at = (hour: string) => Date.parse(`2026-01-01T${hour}:00:00Z`);
const hours = (options: Partial<HoursOptions> = {}, of = pipeline()) =>
  project.engine(of).hours(of, { signal: new AbortController().signal, ...options });
const texts = ({ ranges }: HoursReport) =>
  ranges.map(
    ({ from, windows, status, last_attempt_status: last }) =>
      `${from.slice(11, 13)} ${windows} ${status}${last === status ? "" : ` ${last}`}`,
  );
const failAt = (hour: string) => {
  project.beforeExtract = ({ start, end }) => {
    if (start <= at(hour) && at(hour) < end) throw new KpiError("SOURCE_TRUNCATED", "Cannot use the reply");
  };
};

beforeEach(async () => {
  project = new TestProject(await openMemoryStore(), "2026-01-01T10:30:00Z");
  project.fill("2026-01-01T00:00:00Z", "2026-01-01T06:00:00Z");
  project.fill("2026-01-01T07:00:00Z", "2026-01-01T12:00:00Z");
});
afterEach(() => project.remove());

describe("a pipeline's hours", () => {
  it("are none before the first run, and missing where a later one is due", async () => {
    expect(await hours()).toMatchObject({ ranges: [], usual_rows: null, last_processed_hour: null, summary: { windows: 0 } });
    await project.run(pipeline());
    project.now = at("12");
    expect(texts(await hours())).toEqual(["04 2 loaded", "06 1 empty", "07 3 loaded", "10 2 missing null"]);
  });

  it("sum up windows and rows by range", async () => {
    await project.run(pipeline());
    const report = await hours();
    expect(report.ranges[0]).toEqual({
      ...{ from: "2026-01-01T04:00:00Z", to: "2026-01-01T06:00:00Z" },
      ...{ status: "loaded", last_attempt_status: "loaded", rows: 4, windows: 2 },
    });
    expect(report).toMatchObject({ usual_rows: 2, sparse: [], last_processed_hour: "2026-01-01T09:00:00Z" });
    expect(report.summary).toMatchObject({ windows: 6, loaded: 5, empty: 1, failed: 0, missing: 0, last_attempt_failed: 0 });
  });

  it("name the loaded ones with fewer rows than usual", async () => {
    project.points = project.points.filter(({ time }) => time !== at("08"));
    await project.run(pipeline());
    expect((await hours()).sparse).toEqual([{ from: "2026-01-01T08:00:00Z", to: "2026-01-01T09:00:00Z", quarters: 2 }]);
  });

  it("tell a failed one from a loaded one that failed when done again", async () => {
    failAt("08");
    await project.run(pipeline());
    expect(texts(await hours())).toContain("08 1 failed");
    project.beforeExtract = () => undefined;
    await project.run(pipeline());
    failAt("05");
    await project.run(pipeline(), { range: { from: at("05"), to: at("06"), rerun: "all" } });
    const report = await hours();
    expect(texts(report)).toEqual(["04 1 loaded", "05 1 loaded failed", "06 1 empty", "07 3 loaded"]);
    expect(report.summary).toMatchObject({ loaded: 5, failed: 0, last_attempt_failed: 1 });
  });

  it("are missing when opened again, and failed when that fails", async () => {
    const engine = project.engine(pipeline());
    await project.run(pipeline());
    await engine.state.reset(pipeline(), at("08"), { reason: null });
    expect(texts(await hours()).slice(2)).toEqual(["07 1 loaded", "08 2 missing reopened"]);
    failAt("08");
    await project.run(pipeline());
    expect(texts(await hours()).slice(2)).toEqual(["07 1 loaded", "08 1 failed", "09 1 loaded"]);
  });

  it("tell skipped, adopted and stale ones", async () => {
    const engine = project.engine(pipeline());
    await engine.state.set(pipeline(), at("04"), { adopt: true, reason: null });
    await engine.state.skip(pipeline(), at("05"), { reason: "sensor off" });
    await project.run(pipeline());
    const [source, kept, load] = pipeline().steps;
    const changed = pipeline({ steps: [source, { ...kept, publicSettings: { where: "value > 1" } }, load] as never });
    expect(texts(await hours({}, changed))).toEqual(["04 1 adopted", "05 1 skipped", "06 1 stale empty", "07 3 stale loaded"]);
  });

  it("are cut to what is asked for, whole windows of it", async () => {
    await project.run(pipeline());
    expect(await hours({ last: { windows: 2 } })).toMatchObject({
      from: "2026-01-01T08:00:00Z",
      to: "2026-01-01T10:00:00Z",
      ranges: [{ windows: 2 }],
    });
    expect(texts(await hours({ from: at("05") + 1, to: at("06") - 1 }))).toEqual(["05 1 loaded"]);
    await expect(hours({ from: at("06"), to: at("06") })).rejects.toMatchObject({ code: "USAGE" });
  });

  it("show what a live run of this machine is at, and nothing of one that is over", async () => {
    await project.run(pipeline());
    project.now = at("12");
    const folder = join(project.folder, ".kpi", "runs", "live");
    const write = (process: unknown) =>
      writeFileSync(join(folder, "run.json"), JSON.stringify({ pipeline: "numbers", started: "x", process }));
    mkdirSync(folder, { recursive: true });
    const data = { start: "2026-01-01T09:00:00Z", end: "2026-01-01T11:00:00Z", windows: 2 };
    const done = { start: "2026-01-01T09:00:00Z", end: "2026-01-01T10:00:00Z", status: "loaded", error: null };
    writeFileSync(
      join(folder, "events.ndjson"),
      [
        { type: "span:start", data },
        { type: "window:end", data: done },
      ]
        .map((e) => `${JSON.stringify(e)}\n`)
        .join(""),
    );
    write(processes.self());
    expect(texts(await hours()).slice(2)).toEqual(["07 3 loaded", "10 1 running null", "11 1 missing null"]);
    write({ ...(processes.self() as object), started: "0" });
    expect(texts(await hours()).slice(2)).toEqual(["07 3 loaded", "10 2 missing null"]);
  });

  it("carry the offsets of local time, with the hours at which it changes", async () => {
    const madrid = pipeline({ timezone: "Europe/Madrid" });
    project.now = Date.parse("2026-04-01T00:00:00Z");
    expect(await hours({ last: { ms: 5 * 24 * HOUR } }, madrid)).toMatchObject({
      offsets: [
        { from: "2026-03-27T00:00:00Z", minutes: 60 },
        { from: "2026-03-29T01:00:00Z", minutes: 120 },
      ],
    });
  });

  it("are refused for a workflow, and on another grid than the ledger's", async () => {
    const engine = project.engine(project.workflow());
    await expect(engine.hours(project.workflow(), { signal: new AbortController().signal })).rejects.toMatchObject({ code: "USAGE" });
    await project.run(pipeline());
    await expect(hours({}, pipeline({ every: "2h" }))).rejects.toMatchObject({ code: "GRID_CHANGED" });
  });
});
