import { gzipSync } from "node:zlib";
import pLimit from "p-limit";
import { describe, expect, it } from "vitest";
import { runOneHour } from "../support/one-hour.js";

const POSITIONS = 24;
const ROWS = 100;
const START = Date.parse("2026-01-01T10:00:00Z");
const lines = Array.from({ length: ROWS }, (_, row) => `m,k=a v=${Math.sin(row)} ${START + row * 1000}000000\n`);
const whole = gzipSync(lines.join(""));

async function runWith(file: Buffer) {
  const report = await runOneHour(`url: "file:points"`, (project) => project.write("points/b/a.lp.gz", file));
  const { code, ok, windows, stderr } = report;
  return { code, ok, stderr, windows: windows.map(({ status, source_rows, rows }) => ({ status, source_rows, rows })) };
}

describe("a run of kpi over a compressed file", () => {
  it("publishes what the file holds when it is whole", async () => {
    expect(await runWith(whole)).toMatchObject({ code: 0, ok: true, windows: [{ status: "loaded", source_rows: ROWS, rows: 1 }] });
  });

  it(`publishes nothing of one that is cut, at ${POSITIONS} places, and fails its hour`, { timeout: 120_000 }, async () => {
    const limit = pLimit(4);
    const places = Array.from({ length: POSITIONS }, (_, index) => Math.floor((index * whole.length) / POSITIONS));
    const reports = await Promise.all(places.map((at) => limit(async () => ({ at, ...(await runWith(whole.subarray(0, at))) }))));
    for (const { stderr, ...report } of reports) {
      expect(stderr).not.toMatch(/\n\s+at .*:\d+/);
      expect(report).toEqual({ at: report.at, code: 65, ok: false, windows: [{ status: "failed", source_rows: 0, rows: 0 }] });
    }
  });
});
