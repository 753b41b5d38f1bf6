import { afterAll, beforeAll, describe, it } from "vitest";
import type { Window } from "../../src/core/window.js";
import influxdb from "../../src/extractors/influxdb.js";
import type { PointsSource } from "../influx/support/open-folder.js";
import { DIALECTS } from "../influx/support/point-sources.js";
import { hours } from "../support/step-harness.js";
import { extractorContract } from "./extractor.js";

const windows = hours("2026-01-01T10:00:00Z", 2);
const [empty] = hours("2026-01-02T10:00:00Z", 1) as [Window];
const POINTS = { bucket: "sensors", measurement: "air", fields: ["co"] };
const ASKED = {
  "": POINTS,
  ", aggregated": { ...POINTS, aggregate: { every: "1h", fn: ["mean", "count"] } },
  ", counted": { ...POINTS, prove: "count" },
};

describe.each(DIALECTS)("influxdb, from $name", ({ start, name }) => {
  let source: PointsSource;
  beforeAll(async () => {
    if (start === null) return;
    source = await start();
    // two points in each window; a folder has no bucket that is not there, but files can be broken
    const lines = windows.flatMap(({ start: at }) => ["a", "b"].map((id) => `air,sensor_id=${id} co=1.5 ${at}000000`));
    await source.hold("sensors", lines.join("\n"));
    if (name.includes("folder")) await source.hold("broken", `air,sensor_id=a co=1.5x ${windows[0]?.start}000000`);
  });
  afterAll(async () => source?.[Symbol.asyncDispose]());

  async function prepare() {
    const connection = await source.open();
    return { connection, close: () => connection[Symbol.asyncDispose]() };
  }

  describe.each(Object.entries(ASKED))("%s", (_, settings) => {
    it.skipIf(start === null).each(Object.entries(extractorContract))("%s", (_sentence, check) =>
      check({ node: influxdb, settings, rows: 4, windows, empty, broken: { ...settings, bucket: "broken" }, prepare }),
    );
  });
});
