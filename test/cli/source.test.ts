import { describe, expect, it } from "vitest";
import type { Screen } from "../../src/cli/command.js";
import { formatSource } from "../../src/cli/reporters/format-source.js";
import { kpi } from "./support/kpi.js";

const same = (text: string) => text;
const paint = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same, blue: same, magenta: same };
const screen = (width: number): Screen => ({ width, paint });

describe("`kpi source ls`", () => {
  it("asks the connection that was named, or leaves it open", async () => {
    const { asked } = await kpi("source ls plant --bucket b --measurement m");
    expect(asked).toEqual([["browse", { connection: "plant", bucket: "b", measurement: "m" }]]);
    expect((await kpi("source list")).asked).toEqual([["browse", { connection: "influx", bucket: null, measurement: null }]]);
  });

  it("prints a document with --json", async () => {
    const { stdout } = await kpi("source ls --json");
    const buckets = [{ name: "sensors", retention: null }];
    expect(JSON.parse(stdout)).toEqual({ schema_version: 1, ok: true, connection: "influx", level: "buckets", buckets });
  });

  it("needs a bucket for a measurement", async () => {
    expect(await kpi("source ls --measurement m")).toMatchObject({ status: 2, stderr: expect.stringContaining("--bucket") });
  });

  it("draws tables that fit, and says how to look further in words that a shell takes", () => {
    const fields = Array.from({ length: 40 }, (_, index) => `field_${index}`);
    const measurements = [{ name: "it's air", fields, tags: ["sensor_id"] }];
    const text = formatSource("influx", { level: "measurements", bucket: "b", measurements }, screen(60));
    const [head = "", row = ""] = text.split("\n");
    expect([head.length <= 60, row.length <= 60]).toEqual([true, true]);
    expect(text).toContain(`--bucket b --measurement 'it'\\''s air'`);
  });

  it("tells what is unknown, more, or nothing", () => {
    expect(formatSource("influx", { level: "buckets", buckets: [] }, screen(80))).toBe("influx: no buckets\n");
    const tags = [{ name: "k", count: 1000, more: true, values: ["a"] }];
    const measurement = {
      level: "measurement",
      bucket: "b",
      measurement: "m",
      tags,
      fields: [{ name: "v", types: [] }],
      first: null,
      last: null,
    } as const;
    const text = formatSource("influx", measurement, screen(80));
    expect(text).toContain("m in b: no points");
    expect(text).toMatch(/^v +…$/m);
    expect(text).toMatch(/^k +over 1000 {2}a, …$/m);
  });
});
