import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Window } from "../../src/core/window.js";
import influxdb from "../../src/extractors/influxdb.js";
import influxdbConnection from "../../src/influx/influxdb-connection.js";
import { findDatafusion, startInfluxdb3 } from "../servers/influxdb3.js";
import { hours, type StepHarness } from "../support/step-harness.js";
import { extractorContract } from "./extractor.js";

const windows = hours("2026-01-01T10:00:00Z", 2);
const [empty] = hours("2026-01-02T10:00:00Z", 1);

/** A folder of line protocol: two points in each window, and a bucket whose file is broken. */
async function prepare({ project, scratch }: StepHarness) {
  for (const bucket of ["sensors", "broken"]) mkdirSync(join(project, "points", bucket), { recursive: true });
  const lines = windows.flatMap(({ start }) => ["a", "b"].map((id) => `air,sensor_id=${id} co=1.5 ${start}000000`));
  writeFileSync(join(project, "points", "sensors", "a.lp"), `${lines.join("\n")}\n`);
  writeFileSync(join(project, "points", "broken", "a.lp"), `air,sensor_id=a co=1.5x ${windows[0]?.start}000000\n`);
  const settings = influxdbConnection.config.parse({ url: "file:points" });
  const connection = await influxdbConnection.open(settings, { name: "influx", project, cache: join(scratch, "cache") });
  return { connection, close: () => connection[Symbol.asyncDispose]() };
}

describe("influxdb, from a folder of line protocol", () => {
  const settings = { bucket: "sensors", measurement: "air", fields: ["co"] };
  it.each(Object.entries(extractorContract))("%s", async (_, check) => {
    expect(empty).toBeDefined();
    await check({ node: influxdb, settings, rows: 4, windows, empty: empty as Window, broken: { ...settings, bucket: "broken" }, prepare });
  });
});

describe("influxdb, aggregated", () => {
  const settings = { bucket: "sensors", measurement: "air", fields: ["co"], aggregate: { every: "1h", fn: ["mean", "count"] } };
  it.each(Object.entries(extractorContract))("%s", async (_, check) => {
    const broken = { ...settings, bucket: "broken" };
    await check({ node: influxdb, settings, rows: 4, windows, empty: empty as Window, broken, prepare });
  });
});

const python = findDatafusion();

describe.skipIf(python === null)("influxdb, from InfluxDB 3", () => {
  const settings = { bucket: "sensors", measurement: "air", fields: ["co"] };

  async function prepareServer({ project, scratch }: StepHarness) {
    const server = await startInfluxdb3(python ?? "");
    await server.write(
      "sensors",
      windows.flatMap(({ start }) => ["a", "b"].map((id) => `air,sensor_id=${id} co=1.5 ${start}000000`)).join("\n"),
    );
    const given = influxdbConnection.config.parse({ url: server.url, token: "secret" });
    const connection = await influxdbConnection.open(given, { name: "influx", project, cache: join(scratch, "cache") });
    const close = async () => {
      await connection[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    };
    return { connection, close };
  }

  it.each(Object.entries(extractorContract))("%s", async (_, check) => {
    const broken = { ...settings, bucket: "nosuch" };
    await check({ node: influxdb, settings, rows: 4, windows, empty: empty as Window, broken, prepare: prepareServer });
  });
});
