import { afterEach, beforeEach, describe, expect, it } from "vitest";
import duckdb from "../../src/loaders/duckdb.js";
import { loaderContract } from "../contracts/loader.js";
import { publishedRows } from "../contracts/published-rows.js";
import { hours, type InputQuery, openStepHarness, type StepHarness } from "../support/step-harness.js";

let harness: StepHarness;
beforeEach(async () => {
  harness = await openStepHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

const [ten, eleven, noon] = hours("2026-01-01T10:00:00Z", 3) as [Window, Window, Window];
type Window = ReturnType<typeof hours>[number];

/** Rows as `hour-of-day id value`. */
function rows(...texts: string[]): InputQuery {
  const values = texts.map((text) => {
    const [hour, id, value] = text.split(" ");
    return `(timestamptz '2026-01-01 ${hour}:00:00Z', '${id}', ${value}::double)`;
  });
  return { windowed: true, sql: `select * from (values ${values.join(", ")}) as t(window_start, id, co)` };
}
const none: InputQuery = { windowed: true, sql: `${rows("10 a 1").sql} where false` };
const published = async (table = "kpis", columns = "strftime(window_start, '%H') || ' ' || id || ' ' || co::integer") =>
  (await harness.published(`select ${columns} as row from warehouse.${table} order by 1`)).map(({ row }) => row);
const replace = (input: InputQuery | null, windows: Window[], settings = {}) =>
  harness.load(duckdb, { table: "kpis", ...settings }, input, windows);
const merge = (input: InputQuery | null, windows: Window[]) => replace(input, windows, { mode: "merge", key: ["id"] });

describe("duckdb", () => {
  it.each(Object.entries(loaderContract))("replacing %s", (_, check) =>
    check({ node: duckdb, settings: { table: "kpis" }, published: publishedRows }),
  );
  it.each(Object.entries(loaderContract))("merging %s", (_, check) =>
    check({ node: duckdb, settings: { table: "kpis", mode: "merge", key: ["id"] }, published: publishedRows }),
  );
});

describe("duckdb, replacing", () => {
  it("makes the table with window_start first, explicit types and a comment", async () => {
    const report = await replace(rows("10 a 1"), [ten], { table: "plant.kpis" });
    expect(report).toEqual({ rows: new Map([[ten.start, 1]]) });
    expect(
      await harness.published("select column_name, data_type from duckdb_columns() where table_name = 'kpis' order by column_index"),
    ).toEqual([
      { column_name: "window_start", data_type: "TIMESTAMP WITH TIME ZONE" },
      { column_name: "id", data_type: "VARCHAR" },
      { column_name: "co", data_type: "DOUBLE" },
    ]);
    expect(await harness.published("select comment from duckdb_tables() where table_name = 'kpis'")).toEqual([
      { comment: "Published by kpi: pipeline a_pipeline, step a_step" },
    ]);
  });

  it("replaces the windows it is given and no others", async () => {
    await replace(rows("10 a 1", "11 a 2", "12 a 3"), [ten, eleven, noon]);
    const report = await replace(rows("10 b 4", "12 c 5", "12 d 6"), [ten, noon]);
    expect(report).toEqual({
      rows: new Map([
        [ten.start, 1],
        [noon.start, 2],
      ]),
    });
    expect(await published()).toEqual(["10 b 4", "11 a 2", "12 c 5", "12 d 6"]);
  });

  it("removes a window's rows where nothing came", async () => {
    expect(await replace(null, [ten])).toEqual({ rows: new Map() });
    await replace(rows("10 a 1", "11 a 2"), [ten, eleven]);
    expect((await replace(null, [ten])).rows).toEqual(new Map());
    expect(await published()).toEqual(["11 a 2"]);
    await replace(none, [eleven]);
    expect(await published()).toEqual([]);
  });

  it("gives rows without windows to each of them", async () => {
    await replace({ sql: "select 'a' as id, 1.0::double as co" }, [ten, eleven]);
    expect(await published()).toEqual(["10 a 1", "11 a 1"]);
  });

  it("replaces the whole table in a workflow, and adds no window_start", async () => {
    await harness.load(duckdb, { table: "kpis" }, { sql: "select 1 as x union all select 2" }, null);
    const report = await harness.load(duckdb, { table: "kpis" }, { sql: "select 3 as x" }, null);
    expect(report).toEqual({ rows: new Map([[null, 1]]) });
    expect(await harness.published("select * from warehouse.kpis")).toEqual([{ x: 3 }]);
  });

  it("refuses rows outside the windows, and a column of its own that is", async () => {
    const half = { windowed: true, sql: rows("10 a 1").sql.replace("10:00:00", "10:30:00") };
    await expect(replace(half, [ten])).rejects.toMatchObject({
      code: "STEP_FAILED",
      message: expect.stringContaining("2026-01-01T10:30:00Z"),
    });
    await expect(replace(rows("12 a 1"), [ten])).rejects.toMatchObject({
      code: "STEP_FAILED",
      message: expect.stringContaining("2026-01-01T12:00:00Z"),
    });
    const own = (minute: string): InputQuery => ({
      windowed: true,
      sql: `${rows("10 a 1").sql.replace("*", `*, timestamptz '2026-01-01 ${minute}:00Z' as hour`)}`,
    });
    await expect(replace(own("11:00"), [ten], { window_column: "hour" })).rejects.toMatchObject({
      code: "STEP_FAILED",
      message: expect.stringContaining('"hour"'),
    });
    await replace(own("10:59"), [ten], { window_column: "hour" });
    expect(await harness.published("select hour, id from warehouse.kpis")).toEqual([{ hour: "2026-01-01T10:00:00Z", id: "a" }]);
  });

  it("publishes to a table that others made, by the name it gives to windows", async () => {
    await harness.warehouse.publish(async ({ db }) => {
      await db.run("create table warehouse.kpis (id varchar, hour timestamp, co double)");
      await db.run("insert into warehouse.kpis values ('old', '2026-01-01 10:00:00', 1), ('old', '2026-01-01 11:00:00', 2)");
    });
    await expect(replace(rows("10 a 1"), [ten])).rejects.toMatchObject({
      code: "SCHEMA_DRIFT",
      message: expect.stringContaining("window_start"),
    });
    await replace(rows("10 a 9"), [ten], { window_column: "hour" });
    expect(await published("kpis", "strftime(hour, '%H') || ' ' || id")).toEqual(["10 a", "11 old"]);
  });
});

describe("duckdb, merging", () => {
  it("keeps one row a key, from the newest window", async () => {
    await merge(rows("10 a 1", "10 b 2"), [ten]);
    await merge(rows("11 a 3"), [eleven]);
    expect(await published()).toEqual(["10 b 2", "11 a 3"]);
    const report = await merge(rows("10 a 8", "10 b 9"), [ten]);
    expect(await published()).toEqual(["10 b 9", "11 a 3"]);
    expect(report.rows).toEqual(new Map([[ten.start, 1]]));
  });

  it("removes the window's own earlier rows first", async () => {
    await merge(rows("10 a 1", "10 b 2"), [ten]);
    await merge(rows("10 a 3"), [ten]);
    expect(await published()).toEqual(["10 a 3"]);
    await merge(null, [ten]);
    expect(await published()).toEqual([]);
  });

  it("gives for several windows at once what it gives one by one", async () => {
    await merge(rows("10 a 1", "11 a 2", "11 b 3", "12 b 4", "10 c 5"), [ten, eleven, noon]);
    expect(await published()).toEqual(["10 c 5", "11 a 2", "12 b 4"]);
  });

  it("refuses rows that hold a key twice, naming one", async () => {
    await expect(merge(rows("10 a 1", "10 a 2"), [ten])).rejects.toMatchObject({
      code: "DUPLICATE_KEY",
      message: expect.stringContaining("id = a"),
    });
  });

  it("takes NULL for a key like any other", async () => {
    const nothing = {
      windowed: true,
      sql: "select timestamptz '2026-01-01 10:00:00Z' as window_start, null::varchar as id, 1::double as co",
    };
    await merge(nothing, [ten]);
    await merge({ ...nothing, sql: nothing.sql.replace("10:", "11:") }, [eleven]);
    expect(await published("kpis", "strftime(window_start, '%H')")).toEqual(["11"]);
  });

  it("replaces by key alone in a workflow", async () => {
    const load = (sql: string) => harness.load(duckdb, { table: "kpis", mode: "merge", key: ["id"] }, { sql }, null);
    await load("select 'a' as id, 1 as x union all select 'b', 2");
    expect(await load("select 'a' as id, 3 as x")).toEqual({ rows: new Map([[null, 2]]) });
    expect(await harness.published("select id, x from warehouse.kpis order by id")).toEqual([
      { id: "a", x: 3 },
      { id: "b", x: 2 },
    ]);
  });

  it("knows its key's columns", async () => {
    await expect(replace(rows("10 a 1"), [ten], { mode: "merge", key: ["sensor"] })).rejects.toMatchObject({
      message: expect.stringContaining('no column "sensor"'),
    });
  });
});

describe("duckdb, when columns change", () => {
  const other = (select: string): InputQuery => ({
    windowed: true,
    sql: `select timestamptz '2026-01-01 11:00:00Z' as window_start, ${select}`,
  });
  beforeEach(() =>
    harness.load(
      duckdb,
      { table: "kpis" },
      { windowed: true, sql: "select timestamptz '2026-01-01 10:00:00Z' as window_start, 'a' as id, 1::bigint as n" },
      [ten],
    ),
  );

  it("adds new columns, leaves missing ones NULL and widens integers", async () => {
    await replace(other("2.5::double as n, 'x' as note"), [eleven]);
    expect(await harness.published("select id, n, note from warehouse.kpis order by window_start")).toEqual([
      { id: "a", n: 1, note: null },
      { id: null, n: 2.5, note: "x" },
    ]);
    await replace(other("'b' as id, 3::integer as n"), [eleven]);
  });

  it("refuses what cannot share a column, reporting all of them, and changes nothing", async () => {
    await expect(replace(other("'b' as id, 'many' as n, 1 as extra"), [eleven])).rejects.toMatchObject({
      code: "SCHEMA_DRIFT",
      message: expect.stringContaining('"n"'),
      hint: expect.stringMatching(
        /id: have VARCHAR, want VARCHAR[\s\S]*n: have BIGINT, want VARCHAR[\s\S]*extra: have nothing, want INTEGER/,
      ),
    });
    expect(await harness.published("select * from warehouse.kpis")).toHaveLength(1);
  });

  it.each(["'b' as id", "'b' as id, 1::bigint as n, 1 as extra", "'b' as id, 1::double as n"])(
    "refuses any difference when frozen: %s",
    async (select) => {
      await expect(replace(other(select), [eleven], { on_drift: "freeze" })).rejects.toMatchObject({ code: "SCHEMA_DRIFT" });
    },
  );

  it("lets a frozen table take what fits it", async () => {
    await replace(other("'b' as id, 2::integer as n"), [eleven], { on_drift: "freeze" });
    expect(await harness.published("select * from warehouse.kpis")).toHaveLength(2);
  });

  it("does not publish to a view", async () => {
    await harness.warehouse.publish(({ db }) => db.run("create view warehouse.looks as select 1 as x"));
    await expect(replace(rows("10 a 1"), [ten], { table: "looks" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("a view"),
    });
  });
});

describe("duckdb's settings", () => {
  it.each([
    { table: "_kpi.attempts" },
    { table: "a.b.c" },
    { table: "x; drop" },
    { table: "t", mode: "merge" },
    { table: "t", key: ["id"] },
  ])("refuse %j", (settings) => {
    expect(duckdb.config.safeParse(settings).success).toBe(false);
  });
});
