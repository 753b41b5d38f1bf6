import { describe, expect, it } from "vitest";
import { workflow } from "./support/fake-app.js";
import { kpi } from "./support/kpi.js";

const HOUR = "2026-01-01T12:00:00Z";

describe("`kpi show`", () => {
  const windows = ["2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z", "2026-01-01T12:00:00Z"];
  const columns = [
    { name: "window_start", type: "TIMESTAMP WITH TIME ZONE" },
    { name: "sensor_id", type: "VARCHAR" },
    { name: "co_mean", type: "DOUBLE" },
    { name: "samples", type: "BIGINT" },
  ];
  const rows = windows.flatMap((window_start, index) => [
    { window_start, sensor_id: "TLM0100", co_mean: 0.5 + index, samples: 360 },
    ...(index === 1 ? [] : [{ window_start, sensor_id: "TLM0101", co_mean: 2.123456 - index, samples: null }]),
  ]);
  const tables = [{ table: "kpi_horario", columns, rows }];

  it("charts every metric of every key, with gaps where windows are missing", async () => {
    expect((await kpi("show", { tables })).stdout).toBe(
      "kpi_horario  2026-01-01T10:00:00Z … 2026-01-01T12:00:00Z (3 windows)\n" +
        "sensor_id  co_mean       samples\n" +
        "TLM0100        2.5  ▁▅█      360  ▄▄▄\n" +
        "TLM0101     0.1235  █ ▁        –\n",
    );
  });

  it("shortens its charts to the newest windows on a narrow terminal", async () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      window_start: new Date(Date.parse(HOUR) + index * 3_600_000).toISOString(),
      sensor_id: "TLM0100",
      co_mean: index,
      samples: 1,
    }));
    const { stdout } = await kpi("show --no-color", { tables: [{ table: "t", columns, rows: many }] }, { tty: true, columns: 60 });
    const lines = stdout.trimEnd().split("\n").slice(1);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines[1]).toMatch(/▁.*█/);
  });

  it("shows a table without windows as it is", async () => {
    const { stdout } = await kpi("show", {
      pipelines: [workflow("once")],
      tables: [{ table: "t", columns: columns.slice(1, 3), rows: [{ sensor_id: "a", co_mean: 1 }] }],
    });
    expect(stdout).toBe("t\nsensor_id  co_mean\na                1\n");
  });

  it("says what to do when nothing is published yet", async () => {
    expect((await kpi("show")).stdout).toContain("nothing is published yet\n  Try: kpi run pipeline-horario\n");
  });

  it.each([
    ["show", 24],
    ["show --last 5", 5],
    ["show --last 2d", 48],
    ["show --last 90m", 2],
  ])("`kpi %s` asks for %i windows", async (typed, count) => {
    expect((await kpi(typed, { tables })).asked).toEqual([["show", "pipeline-horario", count]]);
  });

  it("has no last hours of a workflow", async () => {
    expect(await kpi("show --last 24h", { pipelines: [workflow("once")] })).toMatchObject({ status: 2 });
  });

  it("prints rows as they are with --json", async () => {
    expect(JSON.parse((await kpi("show --json", { tables })).stdout)).toEqual({
      ok: true,
      schema_version: 1,
      pipeline: "pipeline-horario",
      tables,
    });
  });
});
