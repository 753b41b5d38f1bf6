import { describe, expect, it } from "vitest";
import type { CheckRule } from "../../src/core/check.js";
import { compileRule } from "../../src/pipelines/checks/compile-rule.js";
import { judge, type Measured } from "../../src/pipelines/checks/judge.js";
import { scanRelation } from "../../src/pipelines/checks/scan-relation.js";
import type { RelationTable } from "../../src/pipelines/relation-table.js";
import { openTestWorkspace } from "../support/open-test-workspace.js";

const HOUR = "2026-01-01T10:00:00Z";
const ROWS = `SELECT TIMESTAMPTZ '${HOUR}' AS window_start, * FROM (VALUES (1, 'a', 0.5), (2, 'b', 60.0), (2, NULL, NULL)) AS v(id, name, co)`;

/** How many of three rows fail. */
async function failing(rule: CheckRule, rows = ROWS): Promise<number | null | undefined> {
  await using workspace = await openTestWorkspace();
  await using db = await workspace.connect();
  await db.run(`CREATE TABLE rows_ AS ${rows}`);
  await db.run(`CREATE TABLE known AS SELECT 1 AS number, 'a' AS word`);
  const columns = await db.describe("SELECT * EXCLUDE (window_start) FROM rows_");
  const relation: RelationTable = { table: "rows_", columns, windowed: true, rows: 3, open: null };
  const measure = compileRule(rule, true, (of) => ("step" in of && of.step === "known" ? { table: "known", windowed: false } : null));
  const [window] = await scanRelation(db, "rows", relation, [measure], [Date.parse(HOUR)]);
  return window?.found[0];
}

describe("a rule counts the rows that fail it", () => {
  it.each<[string, CheckRule, number]>([
    ["not_null: those that are NULL", { kind: "not_null", column: "name" }, 1],
    ["unique: each of those that are the same", { kind: "unique", columns: ["id"] }, 2],
    ["unique: over several columns", { kind: "unique", columns: ["id", "name"] }, 0],
    ["accepted_values: others, but no NULL", { kind: "accepted_values", column: "name", values: ["a", "it's"] }, 1],
    ["accepted_values: numbers", { kind: "accepted_values", column: "id", values: [1] }, 2],
    ["range: those outside, but no NULL", { kind: "range", column: "co", least: 0, most: 50 }, 1],
    ["range: its bounds belong to it", { kind: "range", column: "co", least: 0.5, most: 60 }, 0],
    ["range: without a bound", { kind: "range", column: "co", least: 1, most: null }, 1],
    ["expression: those for which it is false, not those for which it is NULL", { kind: "expression", sql: "co < id -- less" }, 1],
    ["relationship: those not found", { kind: "relationship", columns: ["id"], to: ["number"], of: { step: "known" } }, 2],
    [
      "relationship: by several columns, none of them NULL",
      { kind: "relationship", columns: ["id", "name"], to: ["number", "word"], of: { step: "known" } },
      1,
    ],
    [
      "relationship: all, where the other branch is not taken",
      { kind: "relationship", columns: ["id"], to: ["id"], of: { step: "no" } },
      3,
    ],
  ])("%s", async (_, rule, count) => {
    expect(await failing(rule)).toBe(count);
  });

  it("says what the database could not compute", async () => {
    await expect(failing({ kind: "expression", sql: "kind > 1" })).rejects.toMatchObject({
      code: "STEP_FAILED",
      message: expect.stringContaining('Cannot check "rows": '),
    });
  });
});

describe("a window is judged", () => {
  const until = Date.parse("2026-01-01T11:00:00Z");
  const measured = (changes: Partial<Measured>): Measured => ({ rows: 3, found: null, until, usual: null, ...changes });

  it.each<[string, CheckRule, Partial<Measured>, string | null]>([
    ["enough rows", { kind: "row_count", least: 3, most: null }, {}, null],
    ["too few rows", { kind: "row_count", least: 4, most: null }, {}, "it has 3 rows, at least 4 are wanted"],
    ["too many rows", { kind: "row_count", least: 1, most: 2 }, {}, "it has 3 rows, 1 to 2 are wanted"],
    ["about as many rows as usual", { kind: "usual_row_count", least: 0.5, most: 2, weeks: 4 }, { usual: 6 }, null],
    [
      "fewer rows than usual",
      { kind: "usual_row_count", least: 0.5, most: null, weeks: 4 },
      { usual: 8 },
      "it has 3 rows, the same window of 4 weeks before had 8 (median), at least 0.5 times that is wanted",
    ],
    ["no earlier weeks", { kind: "usual_row_count", least: 0.5, most: 2, weeks: 4 }, { usual: null }, null],
    ["fresh", { kind: "freshness", column: "time", within: 60_000 }, { found: until - 60_000 }, null],
    [
      "too old",
      { kind: "freshness", column: "time", within: 60_000 },
      { found: until - 120_000 },
      'its newest "time" is 2026-01-01T10:58:00Z, 2026-01-01T10:59:00Z or later is wanted',
    ],
    [
      "without any time",
      { kind: "freshness", column: "time", within: 60_000 },
      {},
      'its newest "time" is missing, 2026-01-01T10:59:00Z or later is wanted',
    ],
    ["without a row", { kind: "not_null", column: "co" }, { rows: 0 }, null],
    ["with a failing row", { kind: "not_null", column: "co" }, { found: 1 }, '1 of 3 rows fail not_null of "co"'],
  ])("%s", (_, rule, changes, verdict) => {
    expect(judge(rule, measured(changes))).toBe(verdict);
  });
});
