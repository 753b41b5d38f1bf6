import { describe, expect, it } from "vitest";
import { runOneHour } from "../support/one-hour.js";

const START = Date.parse("2026-01-01T10:00:00Z");
/** Enough for threads to be worth starting: 40 MB. */
const ROWS = 500_000;
const line = (row: number) => `m,k=${row % 7},of=${"x".repeat(40)} v=${row} ${START + (row % 3_600_000)}000000\n`;

function linesOf(change: (row: number) => string | null = () => null): string {
  const lines: string[] = [];
  for (let row = 0; row < ROWS; row++) lines.push(change(row) ?? line(row));
  return lines.join("");
}

async function runWith(text: string) {
  const { code, ok, windows, stderr } = await runOneHour(`url: "file:points"`, (project) => project.write("points/b/all.lp", text));
  return { code, ok, stderr, windows: windows.map(({ status, source_rows }) => ({ status, source_rows })) };
}

describe("a run of kpi over one large file, which threads parse in parts", () => {
  it("reads every line once", async () => {
    expect(await runWith(linesOf())).toMatchObject({ code: 0, ok: true, windows: [{ status: "loaded", source_rows: ROWS }] });
  });

  it("goes on by itself where a part holds text, over line breaks too", async () => {
    const text = (row: number) => (row % 250_000 === 7 ? line(row).replace(" v=", ' note="two\nm v=1 1\nlines",v=') : null);
    expect(await runWith(linesOf(text))).toMatchObject({ code: 0, ok: true, windows: [{ status: "loaded", source_rows: ROWS }] });
  });

  it("names the line that is broken, and publishes nothing", async () => {
    const report = await runWith(linesOf((row) => (row === 400_000 ? "m v=x 1\n" : null)));
    expect(report).toMatchObject({ code: 65, ok: false, windows: [{ status: "failed", source_rows: 0 }] });
    expect(report.stderr).toContain("line 400001");
  });
});
