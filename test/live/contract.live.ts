import { beforeAll, describe, it } from "vitest";
import type { Window } from "../../src/core/window.js";
import influxdb from "../../src/extractors/influxdb.js";
import { extractorContract } from "../contracts/extractor.js";
import { openClient } from "../influx/support/clients.js";
import { hours } from "../support/step-harness.js";
import { openLiveServer } from "./open-live-server.js";

const server = await openLiveServer(process.env);
const windows = hours("2026-01-01T10:00:00Z", 2);
const [empty] = hours("2026-01-02T10:00:00Z", 1) as [Window];

describe(`influxdb, from InfluxDB ${server.version}`, () => {
  let bucket = "";
  beforeAll(async () => {
    bucket = await server.makeBucket();
    const lines = windows.flatMap(({ start }) => ["a", "b"].map((id) => `air,sensor_id=${id} co=1.5 ${start}000000`));
    await server.write(bucket, lines.join("\n"));
  });

  it.each(Object.entries(extractorContract))("%s", async (_, check) => {
    const settings = { bucket, measurement: "air", fields: ["co"] };
    const prepare = async () => {
      const connection = await openClient(server.settings);
      return { connection, close: () => connection[Symbol.asyncDispose]() };
    };
    await check({ node: influxdb, settings, rows: 4, windows, empty, broken: { ...settings, bucket: `${bucket}_no` }, prepare });
  });
});
