import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../src/core/database.js";
import type { DifferenceOptions, TableDifference } from "../../src/core/difference.js";
import duckdb from "../../src/loaders/duckdb.js";
import { compareVersions } from "../../src/pipelines/preview/compare-versions.js";
import type { PreviewTable } from "../../src/pipelines/preview/open-preview.js";
import { openTestWorkspace } from "../support/open-test-workspace.js";

let workspace: Awaited<ReturnType<typeof openTestWorkspace>>;
let db: Database & AsyncDisposable;
beforeAll(async () => {
  workspace = await openTestWorkspace();
  db = await workspace.connect();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

const HOUR = "TIMESTAMPTZ '2026-01-01T10:00:00Z' AS window_start";

/** Compares two tables, given as queries; `before` null: there was none. */
async function compare(before: string | null, after: string, options: Partial<DifferenceOptions> = {}): Promise<TableDifference> {
  const settings = { table: "t", mode: "replace", on_drift: "evolve", window_column: "window_start" };
  const step = { role: "load", id: "publish", node: duckdb, settings } as unknown as PreviewTable["step"];
  await db.run('DROP TABLE IF EXISTS "__changes_publish"');
  await db.run("CREATE SCHEMA IF NOT EXISTS old");
  if (before !== null) await db.run(`CREATE OR REPLACE TABLE old.t AS ${before}`);
  await db.run(`CREATE OR REPLACE TABLE main.t AS ${after}`);
  const table = {
    step,
    table: "t",
    before: before === null ? null : "old.t",
    after: "memory.main.t",
    where: "true",
    window: "window_start",
  };
  return compareVersions({ db, catalog: "memory" }, table, { tolerance: 1e-9, ...options });
}

const rows = (...values: string[]) => `SELECT ${HOUR}, * FROM (VALUES ${values.join(", ")}) AS v(sensor_id, n)`;

describe("the difference between two versions of a table", () => {
  it("is that of any rows which a loop over them finds", async () => {
    const version = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.integer({ min: 0, max: 2 }), { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(version, version, async (old, now) => {
        const values = (of: Record<string, number>) => Object.entries(of).map(([id, n]) => `('${id}', ${n})`);
        const found = await compare(rows(...values(old)), rows(...values(now)));
        const [gone, come] = [Object.keys(old).filter((id) => !(id in now)), Object.keys(now).filter((id) => !(id in old))];
        const both = Object.keys(old).filter((id) => id in now);
        const changed = both.filter((id) => old[id] !== now[id]);
        const counts = { removed: gone.length, added: come.length, changed: changed.length, same: both.length - changed.length };
        expect(found.rows).toEqual(counts);
        const told = found.differences.map(({ key, kind, values: of }) => [key.sensor_id, kind, of.n?.change ?? null]);
        const wanted = [
          ...gone.map((id) => [id, "removed", null]),
          ...come.map((id) => [id, "added", null]),
          ...changed.map((id) => [id, "changed", Number(now[id]) - Number(old[id])]),
        ];
        expect(told).toEqual(wanted.sort(([a], [b]) => String(a).localeCompare(String(b))));
      }),
      { numRuns: 40 },
    );
  });

  it("is of whole rows where they share the key, each as often as it is there", async () => {
    const found = await compare(rows("('a', 1)", "('a', 1)", "('a', 2)"), rows("('a', 1)", "('a', 2)", "('a', 3)"));
    expect(found).toMatchObject({ key_is_shared: true, key: ["window_start", "sensor_id"], values: [] });
    expect(found.rows).toEqual({ same: 2, added: 1, changed: 0, removed: 1 });
    expect(found.differences.map(({ kind, values }) => [kind, values.n])).toEqual([
      ["removed", { old: 1, new: null, change: null }],
      ["added", { old: null, new: 3, change: null }],
    ]);
    await expect(compare(rows("('a', 1)", "('a', 2)"), rows("('a', 1)"), { key: ["sensor_id"] })).rejects.toThrow(/has rows that share it/);
  });

  it("takes doubles that are near for the same, integers only if they are equal, however large", async () => {
    const near = "SELECT 'a' AS id, 1.0::DOUBLE * (1 + $) AS x, 9007199254740993::BIGINT AS n";
    const found = await compare(near.replace("$", "0"), near.replace("$", "1e-12").replace("993", "994"));
    expect(found.differences).toMatchObject([{ values: { n: { old: 9007199254740993n, new: 9007199254740994n, change: 1 } } }]);
    expect(Object.keys(found.differences[0]?.values ?? {})).toEqual(["n"]);
    expect((await compare(near.replace("$", "0"), near.replace("$", "1e-12"), { tolerance: 0 })).rows.changed).toBe(1);
  });

  it("has no change to tell where a number has no room for it, or is none", async () => {
    const found = await compare(
      "SELECT 'a' AS id, 18446744073709551615::UBIGINT AS u, NULL::DOUBLE AS x, true AS flag, 5::DECIMAL(9,2) AS d",
      "SELECT 'a' AS id, 0::UBIGINT AS u, 1.5::DOUBLE AS x, false AS flag, 4.75::DECIMAL(9,2) AS d",
    );
    expect(found.differences[0]?.values).toMatchObject({
      u: { change: -18446744073709551615n },
      x: { old: null, new: 1.5, change: null },
      flag: { old: true, new: false, change: null },
      d: { old: 5, new: 4.75, change: -0.25 },
    });
  });

  it("names columns that came and types that grew", async () => {
    const found = await compare("SELECT 'a' AS id, 1::INTEGER AS n", "SELECT 'a' AS id, 1::DOUBLE AS n, 7 AS more");
    expect(found.columns).toEqual({ added: [{ name: "more", type: "INTEGER" }], changed: [{ name: "n", old: "INTEGER", new: "DOUBLE" }] });
    expect(found.values).toEqual([{ column: "more", rows: 1, least_change: null, most_change: null }]);
  });

  it("tells of the first ten thousand rows, and counts the others", async () => {
    const found = await compare(null, `SELECT ${HOUR}, n::VARCHAR AS id, n FROM range(10007) AS r(n)`);
    expect(found).toMatchObject({ exists: false, rows: { added: 10_007 }, differences_left_out: 7 });
    expect(found.differences).toHaveLength(10_000);
  });
});
