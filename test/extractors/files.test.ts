import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toSpan, type Window } from "../../src/core/window.js";
import files from "../../src/extractors/files.js";
import { extractorContract } from "../contracts/extractor.js";
import { hours, openStepHarness, type StepHarness } from "../support/step-harness.js";

let harness: StepHarness;
beforeEach(async () => {
  harness = await openStepHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(harness.project, path)), { recursive: true });
  writeFileSync(join(harness.project, path), content);
}
const span = toSpan(hours("2026-01-01T10:00:00Z", 2));
const read = (settings: unknown) => harness.extract(files, settings);
const inSpan = (settings: unknown) => harness.extract(files, settings, { span });

describe("files", () => {
  const [empty] = hours("2026-01-02T10:00:00Z", 1);
  const source = async ({ project }: StepHarness) => {
    mkdirSync(join(project, "data"));
    writeFileSync(
      join(project, "data", "a.csv"),
      "at,id,co\n2026-01-01 10:05:00,a,1.5\n2026-01-01 11:05:00,b,2.5\n2026-01-01 12:00:00,c,3.5\n",
    );
    return {};
  };
  const subject = { node: files, windows: span.windows, empty: empty as Window, broken: { path: "data/none.csv" }, prepare: source };
  it.each(Object.entries(extractorContract))("with times %s", (_, check) =>
    check({ ...subject, settings: { path: "data/*.csv", time: "at" }, rows: 2 }),
  );
  it.each(Object.entries(extractorContract))("without times %s", (_, check) =>
    check({ ...subject, settings: { path: "data/*.csv" }, rows: 3 }),
  );

  it("counts the rows of each window that have a time, and adds their numbers up", async () => {
    write("data/a.csv", "at,id,co,start\n2026-01-01 10:05:00,a,1.5,1\n2026-01-01 10:59:59,b,,2\n2026-01-01 12:00:00,c,3.5,3\n");
    await using db = await harness.workspace.connect();
    const append = async () => Promise.reject(new Error("nothing is appended"));
    const context = {
      ...{ db, append, span, sums: true, exact: true, connection: undefined, signal: new AbortController().signal },
      files: { project: harness.project, scratch: harness.project },
    };
    const count = (settings: object) => files.count?.(files.config.parse(settings), context);
    const [first, second] = span.windows.map(({ start }) => start);
    expect(await count({ path: "data/a.csv", time: "at" })).toEqual({
      method: "files",
      windows: new Map([
        [first, { rows: { count: 2, sum: 4.5 } }],
        [second, { rows: { count: 0, sum: null } }],
      ]),
    });
    expect(await count({ path: "data/a.csv" })).toBeNull();
  });

  it("reads all files of a pattern, by name of column", async () => {
    write("data/a.csv", "id,co\na,1.5\n");
    write("data/deep/b.csv", "co,id,note\n2.5,b,x\n");
    const { rows } = await read({ path: "data/**/*.csv", path_column: "file" });
    expect(rows.sort((x, y) => String(x.id).localeCompare(String(y.id)))).toEqual([
      { id: "a", co: 1.5, note: null, file: "data/a.csv" },
      { id: "b", co: 2.5, note: "x", file: "data/deep/b.csv" },
    ]);
  });

  it("reads other dialects, compressed files, JSON and Parquet", async () => {
    write("data/a.csv.gz", gzipSync("id;co\na;1,5\n"));
    expect((await read({ path: "data/a.csv.gz", delimiter: ";", decimal_separator: ",", columns: { co: "DOUBLE" } })).rows).toEqual([
      { id: "a", co: 1.5 },
    ]);
    write("data/a.json", '[{"id":"a","co":1.5}]');
    write("data/b.ndjson", '{"id":"b","co":2}\n');
    expect((await read({ path: ["data/a.json", "data/b.ndjson"] })).rows).toHaveLength(2);
    await using db = await harness.workspace.connect();
    await db.run(`copy (select 'p' as id, timestamp '2026-01-01 10:30:00' as at) to '${harness.project}/data/p.parquet'`);
    expect((await inSpan({ path: "data/*.parquet", time: "at" })).rows).toEqual([
      { id: "p", at: "2026-01-01T10:30:00Z", window_start: "2026-01-01T10:00:00Z" },
    ]);
  });

  it("gives the types that are asked for, and names columns where there is no header", async () => {
    write("data/a.csv", "007,1\n");
    const { columns, rows } = await read({ path: "data/a.csv", header: false, columns: { column0: "VARCHAR" } });
    expect(columns.map(({ type }) => type)).toEqual(["VARCHAR", "BIGINT"]);
    expect(rows).toEqual([{ column0: "007", column1: 1 }]);
  });

  it("takes times with an offset for what they are and others for UTC, also behind twenty thousand rows", async () => {
    const many = "2026-01-01 09:00:00,0\n".repeat(25_000);
    write("data/a.csv", `at,co\n2026-01-01 10:00:00,1\n${many}2026-01-01T12:59:59.999+01:00,2\n2026-01-01T12:00:00Z,3\n`);
    const { rows } = await inSpan({ path: "data/a.csv", time: "at" });
    expect(rows).toEqual([
      { at: "2026-01-01T10:00:00Z", co: 1, window_start: "2026-01-01T10:00:00Z" },
      { at: "2026-01-01T11:59:59.999Z", co: 2, window_start: "2026-01-01T11:00:00Z" },
    ]);
  });

  it.each([
    ["s", "1767261600.5", "2026-01-01T10:00:00.5Z"],
    ["ms", "1767261600123", "2026-01-01T10:00:00.123Z"],
    ["us", "1767261600123456", "2026-01-01T10:00:00.123456Z"],
    ["ns", "1767261600123456789", "2026-01-01T10:00:00.123456Z"],
  ])("reads times counted in %s", async (epoch, text, time) => {
    write("data/a.csv", `at,co\n${text},1\n`);
    expect((await inSpan({ path: "data/a.csv", time: "at", epoch })).rows).toMatchObject([{ at: time }]);
    write("data/a.json", `[{"at":${text}}]`);
    expect((await inSpan({ path: "data/a.json", time: "at", epoch })).rows).toMatchObject([{ at: time }]);
  });

  it("makes no NULL of a moment that is none, wherever it stands", async () => {
    const many = "2026-01-01 10:00:00,2026-01-01 09:00:00\n".repeat(25_000);
    write("data/a.csv", `at,seen\n${many}2026-01-01 10:00:00,soon\n`);
    for (const settings of [{ time: "at" }, {}, { columns: { seen: "TIMESTAMPTZ" } }])
      await expect(read({ path: "data/*.csv", ...settings })).rejects.toMatchObject({
        message: expect.stringContaining('"data/a.csv", line 25002'),
      });
  });

  it("takes a date for its midnight in UTC", async () => {
    write("data/a.json", '[{"day":"2026-01-01"}]');
    const day = { start: Date.parse("2026-01-01"), end: Date.parse("2026-01-02") };
    expect((await harness.extract(files, { path: "data/a.json", time: "day" }, { span: toSpan([day]) })).rows).toMatchObject([
      { day: "2026-01-01T00:00:00Z" },
    ]);
  });

  it("has a time exactly where a time column is named", () => {
    expect(files.time(files.config.parse({ path: "a.csv", time: "at" }))).toBe("window");
    expect(files.time(files.config.parse({ path: "a.csv" }))).toBe("none");
  });
});

describe("files that cannot be read", () => {
  it.each([["data/none.csv"], ["data/none-*.csv"]])("are not there: %s", async (path) => {
    await expect(read({ path })).rejects.toMatchObject({
      code: "SOURCE_NOT_FOUND",
      message: `Cannot read "${path}": there is no such file`,
    });
  });

  it.each([
    ["a row of three", "a,b\n1,2\n3,4,5\n", {}, 'Cannot read "data/a.csv", line 3: expected Number of Columns: 2 Found: 3'],
    ["a row of one", "a,b\n1,2\n3\n", {}, 'Cannot read "data/a.csv", line 3: expected Number of Columns: 2 Found: 1'],
    [
      "a value of another type",
      "a,b\n1,2\nx,4\n",
      { columns: { a: "BIGINT" } },
      `Cannot read "data/a.csv", line 3: could not convert string "x" to 'BIGINT'`,
    ],
    [
      "a time that is none",
      "at,b\n2026-01-01 10:00:00,2\nsoon,4\n",
      { time: "at" },
      'Cannot read "data/a.csv", line 3: could not convert string "soon"',
    ],
  ])("hold %s", async (_, content, settings, message) => {
    write("data/a.csv", content);
    const error = await read({ path: "data/a.csv", ...settings }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "SOURCE_MALFORMED", message: expect.stringContaining(message) });
    expect(error.place).toEqual({ file: "data/a.csv", line: 3 });
  });

  it("name a broken row far behind what was looked at first", async () => {
    write("data/a.csv", `a,b\n${"1,2\n".repeat(30_000)}1,2,3\n`);
    await expect(read({ path: "data/a.csv" })).rejects.toMatchObject({
      code: "SOURCE_MALFORMED",
      message: expect.stringContaining("line 30002"),
    });
  });

  it.each([
    ["data/a.json", '{"a":1}\n{"a":'],
    ["data/a.csv", 'a,b\n1,"2\n3,4\n'],
    ["data/a.parquet", "this is text and no Parquet"],
  ])("are not what their ending says: %s", async (path, content) => {
    write(path, content);
    await expect(read({ path })).rejects.toMatchObject({ code: "SOURCE_MALFORMED", message: expect.stringContaining(path) });
  });

  it.each([[{ time: "att" }], [{ columns: { co2: "DOUBLE" } }]])("lack a column that %j names", async (settings) => {
    write("data/a.csv", "at,co\n2026-01-01,1\n");
    await expect(read({ path: "data/a.csv", ...settings })).rejects.toMatchObject({
      code: "SOURCE_MALFORMED",
      hint: "The columns are at, co",
    });
  });

  it("have a time column of numbers without a unit, or no known ending", async () => {
    write("data/a.json", '[{"at":1767261600}]');
    await expect(inSpan({ path: "data/a.json", time: "at" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      hint: expect.stringContaining("epoch"),
    });
    await expect(read({ path: "data/a.txt" })).rejects.toMatchObject({ code: "CONFIG_INVALID", hint: expect.stringContaining("format") });
  });
});
