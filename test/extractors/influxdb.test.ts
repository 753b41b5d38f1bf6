import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toSpan } from "../../src/core/window.js";
import influxdb from "../../src/extractors/influxdb.js";
import connection from "../../src/influx/influxdb-connection.js";
import { hours, openStepHarness, type StepHarness } from "../support/step-harness.js";

let harness: StepHarness;
beforeEach(async () => {
  harness = await openStepHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

const TEN = Date.parse("2026-01-01T10:00:00Z");

/** What the step makes of a folder of line protocol over two hours from 10:00. */
async function extract(settings: Readonly<Record<string, unknown>>, lines: readonly string[]) {
  mkdirSync(join(harness.project, "sample"));
  writeFileSync(join(harness.project, "sample", "a.lp"), `${lines.join("\n")}\n`);
  const given = connection.config.parse({ url: "file:sample" });
  const client = await connection.open(given, { name: "influx", project: harness.project, cache: join(harness.project, ".kpi/cache") });
  return await harness.extract(
    influxdb,
    { bucket: "b", ...settings },
    { span: toSpan(hours("2026-01-01T10:00:00Z", 2)), connection: client },
  );
}

function problems(settings: Readonly<Record<string, unknown>>): string[] {
  const { error } = influxdb.config.safeParse({ bucket: "b", ...settings });
  return (error?.issues ?? []).map(({ path, message }) => [...path, message].join(" "));
}

describe("influxdb", () => {
  it("makes a relation of the points of its windows, and says what is counted", async () => {
    const lines = [`m,k=a v=1,w=2i ${TEN}000000`, `m,k=b v=3 ${TEN + 3_600_000}000000`, `m,k=a v=9 ${TEN + 7_200_000}000000`];
    const { rows, extraction } = await extract({ measurement: "m", fields: ["w", "v"] }, lines);
    expect(rows).toEqual([
      { time: "2026-01-01T10:00:00Z", time_ns: BigInt(TEN) * 1_000_000n, k: "a", w: 2, v: 1, window_start: "2026-01-01T10:00:00Z" },
      {
        time: "2026-01-01T11:00:00Z",
        time_ns: BigInt(TEN + 3_600_000) * 1_000_000n,
        k: "b",
        w: null,
        v: 3,
        window_start: "2026-01-01T11:00:00Z",
      },
    ]);
    expect(extraction).toMatchObject({ time: "time", counted: ["w", "v"] });
  });

  it("takes one value, or a list, for a tag in where", async () => {
    const lines = ["a", "b", "c"].map((k) => `m,k=${k} v=1 ${TEN}000000`);
    const { rows } = await extract({ measurement: "m", where: { k: "b" }, tags: [] }, lines);
    expect(rows).toHaveLength(1);
    expect(rows[0]).not.toHaveProperty("k");
  });

  it("answers for past windows", () => {
    expect(influxdb.time(influxdb.config.parse({ bucket: "b", measurement: "m" }))).toBe("window");
  });

  it("needs exactly one of measurement, flux, influxql and sql", () => {
    const said = ["needs exactly one of measurement, flux, influxql and sql"];
    expect(problems({})).toEqual(said);
    expect(problems({ measurement: "m", flux: "x" })).toEqual(said);
    expect(problems({ influxql: "x", sql: "x" })).toEqual(said);
    expect(problems({ influxql: "x" })).toEqual([]);
    expect(problems({ sql: "x" })).toEqual([]);
  });

  it("refuses settings that would have no effect", () => {
    expect(problems({ flux: "x", fields: ["a"], where: { k: "v" } })).toEqual([
      "fields belongs to measurement; a query says it itself",
      "where belongs to measurement; a query says it itself",
    ]);
    expect(problems({ measurement: "m", fields: ["a"], types: { b: "DOUBLE" } })).toEqual(["types b is not among fields"]);
    expect(problems({ measurement: "m", fields: ["a", "a"] })).toEqual(["fields must name each once"]);
    expect(problems({ measurement: "m", tags: ["k"], aggregate: { every: "1h", fn: "mean" } })).toEqual([
      "aggregate needs fields to aggregate",
      "tags does not go with aggregate, whose by: names the tags",
    ]);
    expect(problems({ measurement: "m", fields: ["a"], aggregate: { every: "7h", fn: "median" } })).toHaveLength(2);
  });
});

describe("a connection of type influxdb", () => {
  const accepts = (url: string) => connection.config.safeParse({ url }).success;

  it("takes an address of http or https, or a folder", () => {
    expect(
      ["http://localhost:8086", "https://influx.example.org/below", "file:sample", "file:/var/lp", "file:///var/lp"].every(accepts),
    ).toBe(true);
    expect(["", "file:", "localhost:8086", "ftp://host", "http://user:secret@host"].some(accepts)).toBe(false);
  });

  it("takes empty texts for what is not given", () => {
    expect(connection.config.safeParse({ url: "file:sample", org: "", token: "", username: "", password: "" }).success).toBe(true);
  });

  it("names the folder it reads", () => {
    const reads = (url: string) => connection.reads?.(connection.config.parse({ url }));
    expect([reads("file:sample"), reads("file:///var/lp"), reads("http://host")]).toEqual([["sample"], ["/var/lp"], []]);
  });
});
