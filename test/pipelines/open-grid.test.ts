import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database, Workspace } from "../../src/core/database.js";
import { timestampLiteral } from "../../src/core/sql.js";
import { toIso } from "../../src/core/time.js";
import { windowsBetween } from "../../src/core/window.js";
import { gridName, openGrid } from "../../src/pipelines/open-grid.js";
import { openTestWorkspace } from "../support/open-test-workspace.js";

const HOUR = 3_600_000;
const EVERY = ["5m", "10m", "15m", "20m", "30m", "1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d"];
const ZONES = [
  "UTC",
  "Europe/Madrid",
  "America/Santiago",
  "Australia/Lord_Howe",
  "Pacific/Kiritimati",
  "Asia/Kolkata",
  "America/Sao_Paulo",
];
const instants = fc.integer({ min: Date.parse("1990-01-01T00:00:00Z"), max: Date.parse("2040-01-01T00:00:00Z") });

let workspace: Workspace & AsyncDisposable;
let db: Database;
beforeAll(async () => {
  workspace = await openTestWorkspace();
  db = await workspace.connect();
});
afterAll(() => workspace[Symbol.asyncDispose]());

describe("a grid", () => {
  it("lays windows that hold their instants, touch, and never overlap", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...EVERY), fc.constantFrom(...ZONES), instants, async (every, zone, instant) => {
        const grid = await openGrid(every, zone);
        const start = grid.floor(instant);
        const end = grid.next(instant);
        expect(start).toBeLessThanOrEqual(instant);
        expect(end).toBeGreaterThan(instant);
        expect(grid.floor(start)).toBe(start);
        expect(grid.floor(end)).toBe(end);
        expect(grid.floor(end - 1)).toBe(start);
        expect(grid.previous(end)).toBe(start);
        expect(grid.next(grid.previous(start))).toBe(start);
      }),
      { numRuns: 500 },
    );
  });

  it("gives rows to the same windows in SQL", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...EVERY),
        fc.constantFrom(...ZONES),
        fc.array(instants, { minLength: 20, maxLength: 20 }),
        async (every, zone, moments) => {
          const grid = await openGrid(every, zone);
          const rows = await db.rows<{ start: number }>(
            `SELECT epoch_ms(${grid.startOf("moment")}) AS start FROM (SELECT unnest([${moments.map(timestampLiteral).join(", ")}]) AS moment)`,
          );
          expect(rows.map(({ start }) => toIso(start))).toEqual(moments.map((moment) => toIso(grid.floor(moment))));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("has days of 23 and 25 hours where the clocks change", async () => {
    const grid = await openGrid("1d", "Europe/Madrid");
    const hours = (date: string) => {
      const start = grid.midnight(date) ?? Number.NaN;
      return (grid.next(start) - start) / HOUR;
    };
    expect([hours("2026-03-29"), hours("2026-10-25"), hours("2026-07-01")]).toEqual([23, 25, 24]);
    expect(toIso(grid.midnight("2026-03-29") ?? 0)).toBe("2026-03-28T23:00:00Z");
  });

  it("starts a day whose midnight the clocks skip when that day begins", async () => {
    const grid = await openGrid("1d", "America/Santiago");
    const start = grid.midnight("2026-09-06") ?? 0;
    expect(Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO("America/Santiago").toString()).toContain("T01:00:00-03:00");
    expect([...windowsBetween(grid, grid.previous(start), grid.next(start))].map(({ start: from, end }) => (end - from) / HOUR)).toEqual([
      24, 23,
    ]);
  });

  it("reads bare dates alone as midnights, and only those that exist", async () => {
    const grid = await openGrid("1h", "Asia/Kolkata");
    expect(toIso(grid.midnight("2026-01-01") ?? 0)).toBe("2025-12-31T18:30:00Z");
    expect([grid.midnight("2026-02-30"), grid.midnight("2026-1-1"), grid.midnight("soon")]).toEqual([null, null, null]);
  });

  it("refuses windows that do not fill a day evenly", async () => {
    for (const every of ["7m", "5h", "25h", "1s", "hourly"])
      await expect(openGrid(every, "UTC")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("is another one under another time zone only where that moves its bounds", async () => {
    expect(gridName(await openGrid("1h", "Europe/Madrid"))).toBe(gridName(await openGrid("1h", "UTC")));
    expect(gridName(await openGrid("1d", "Europe/Madrid"))).not.toBe(gridName(await openGrid("1d", "UTC")));
  });
});
