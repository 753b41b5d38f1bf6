import { describe, expect, it } from "vitest";
import { kpi } from "./support/kpi.js";
import { hourRanges, hoursReport } from "./support/reports.js";

const MIXED = hoursReport({
  ranges: hourRanges(
    [20, "loaded"],
    [3, "empty"],
    [1, "failed"],
    [2, "missing"],
    [1, "running"],
    [1, "loaded", "failed"],
    [2, "not_replayable"],
  ),
  sparse: [{ from: "2026-01-01T02:00:00Z", to: "2026-01-01T04:00:00Z", quarters: 1 }],
});

const ESCAPE = String.fromCharCode(27);

/** The rows of the picture, without the hours above it. */
const rowsOf = (text: string) => text.split("\n").filter((line) => /^\d{4}-\d\d/.test(line));

describe("`kpi hours`", () => {
  it("draws days down and hours across, each state with a mark of its own, and says what to do", async () => {
    expect((await kpi("hours", { hours: MIXED })).stdout).toBe(
      "pipeline-horario: 30 hours: 21 loaded, 3 empty, 2 missing, 2 not replayable, 1 running, 1 failed; last processed 2026-01-02T23:00:00Z\n" +
        "  2026-01-01T00:00:00Z → 2026-01-02T06:00:00Z, days in UTC\n" +
        "\n" +
        "            00  02  04  06  08  10  12  14  16  18  20  22\n" +
        "2026-01-01  █ █ ▒ ▒ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ ○ ○ ○ ×\n" +
        "2026-01-02  □ □ » ! / /\n" +
        "\n" +
        "  » 1 running   × 1 failed   ! 1 there, but the last attempt failed   □ 2 missing   ○ 3 empty   / 2 not replayable   █ 21 loaded   ▓▒░ fewer rows than the usual 8\n" +
        "  Try: kpi backfill pipeline-horario --from 2026-01-01T23:00:00Z --to 2026-01-02T04:00:00Z --rerun failed\n" +
        "  Try: kpi run pipeline-horario\n",
    );
  });

  it.each([80, 50, 30, 24])("fits a terminal of %i columns", async (columns) => {
    const { stdout } = await kpi("hours --no-color", { hours: MIXED }, { tty: true, columns });
    const picture = stdout.split("\n").slice(3, 6);
    expect(picture.filter((line) => line.length > columns)).toEqual([]);
    expect(rowsOf(stdout)).toHaveLength(2);
    expect(rowsOf(stdout)[0]).toContain("×");
  });

  it("paints every state in a colour of its own on a terminal, unless told not to", async () => {
    const ranges = hourRanges(
      ...(["running", "failed", "missing", "stale", "empty", "not_replayable", "skipped", "adopted", "loaded"] as const).map(
        (status) => [1, status] as const,
      ),
    );
    const { stdout } = await kpi("hours", { hours: hoursReport({ ranges }) }, { tty: true });
    const marks = [...(rowsOf(stdout)[0] ?? "").matchAll(new RegExp(`((?:${ESCAPE}\\[\\d+m)+)(\\S)${ESCAPE}`, "g"))];
    expect(new Set(marks.map(([, colour]) => colour)).size).toBe(9);
    expect(new Set(marks.map(([, , glyph]) => glyph)).size).toBe(9);
    expect((await kpi("hours", {}, { tty: true, env: { NO_COLOR: "1" } })).stdout).not.toContain("\u001b");
  });

  it("leaves the hour blank that a local day has not, and shows both that it has twice", async () => {
    const spring = hoursReport({
      timezone: "Europe/Madrid",
      offsets: [
        { from: "2026-03-28T23:00:00Z", minutes: 60 },
        { from: "2026-03-29T01:00:00Z", minutes: 120 },
      ],
      ranges: [{ ...range("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), windows: 23 }],
    });
    expect(rowsOf((await kpi("hours", { hours: spring })).stdout)).toEqual([`2026-03-29  █ █   ${"█ ".repeat(21).trimEnd()}`]);
    const autumn = hoursReport({
      timezone: "Europe/Madrid",
      offsets: [
        { from: "2026-10-24T22:00:00Z", minutes: 120 },
        { from: "2026-10-25T01:00:00Z", minutes: 60 },
      ],
      ranges: [{ ...range("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"), windows: 25 }],
    });
    expect(rowsOf((await kpi("hours", { hours: autumn })).stdout)).toEqual([`2026-10-25  █ █ ██${"█ ".repeat(21).trimEnd()}`]);
  });

  it("draws months by days for a daily pipeline, and the worst of an hour for a finer one", async () => {
    const daily = hoursReport({
      every: "1d",
      timezone: "Europe/Madrid",
      offsets: [{ from: "2026-01-30T23:00:00Z", minutes: 60 }],
      ranges: [range("2026-01-30T23:00:00Z", "2026-02-02T23:00:00Z")],
    });
    expect(rowsOf((await kpi("hours", { hours: daily })).stdout)).toEqual([`2026-01  ${" ".repeat(60)}█`, "2026-02  █ █"]);
    const fine = hoursReport({
      every: "15m",
      ranges: [
        range("2026-01-01T00:00:00Z", "2026-01-01T01:45:00Z"),
        { ...range("2026-01-01T01:45:00Z", "2026-01-01T02:00:00Z"), status: "failed" },
      ],
    });
    expect(rowsOf((await kpi("hours", { hours: fine })).stdout)).toEqual(["2026-01-01  █ ×"]);
  });

  it("says where nothing is known yet", async () => {
    const { stdout } = await kpi("hours", { hours: hoursReport({ ranges: [], last_processed_hour: null }) });
    expect(stdout).toContain("pipeline-horario: no hour is known; nothing processed yet\n");
    expect(stdout).toContain("Try: kpi run pipeline-horario\n");
  });

  it("asks for the last so much, or a stretch of time, and prints ranges as a document", async () => {
    expect((await kpi("hours --last 7d")).asked).toEqual([["hours", "pipeline-horario", { last: { ms: 604_800_000 } }]]);
    const { asked, stdout } = await kpi("hours --from 2026-01-01 --to 2026-02-01T00:00:00Z --json");
    expect(asked[0]?.[2]).toEqual({ from: Date.parse("2026-01-01T00:00:00Z"), to: Date.parse("2026-02-01T00:00:00Z") });
    expect(JSON.parse(stdout)).toEqual(hoursReport());
    expect(await kpi("hours --last 7d --from 2026-01-01")).toMatchObject({ status: 2, asked: [] });
  });
});

function range(from: string, to: string) {
  return { from, to, status: "loaded", last_attempt_status: "loaded", rows: 8, windows: 1 } as const;
}
