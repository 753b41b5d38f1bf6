import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database, SqlRow, SqlValue, Workspace } from "../../src/core/database.js";
import type { Column, ColumnBatch } from "../../src/core/relation.js";
import { openWorkspace } from "../../src/duckdb/open-workspace.js";
import { Feeder } from "../../src/influx/columns/feeder.js";
import { SheetWriter } from "../../src/influx/columns/sheet-writer.js";
import { toTimeRange } from "../../src/influx/columns/time-range.js";
import { CsvDecoder } from "../../src/influx/flux/csv-decoder.js";
import { SheetRows } from "../../src/influx/flux/sheet-rows.js";
import { toRelation } from "../../src/influx/relation/to-relation.js";
import { splitAt } from "./support/memory-table.js";
import { points, temporaryFolder } from "./support/read-points.js";

interface Value {
  readonly field: string;
  readonly series: string;
  readonly second: number;
}

const FIELDS = ["co", "humidity", "temperature"];
const SERIES = ["a", "b", "c"];
const HEAD =
  "#datatype,string,long,dateTime:RFC3339,double,string,string\r\n#group,false,false,false,false,true,true\r\n#default,_result,,,,,\r\n,result,table,_time,_value,_field,s\r\n";

const numberOf = ({ field, series, second }: Value) => second + SERIES.indexOf(series) * 100 + FIELDS.indexOf(field) / 4;

/** The values as a server would send them that has them in this order. */
function toCsv(values: readonly Value[]): string {
  let table = 0;
  const lines = values.map((value, index) => {
    const before = values[index - 1];
    if (before !== undefined && (before.field !== value.field || before.series !== value.series)) table++;
    const time = `2026-01-01T10:00:${String(value.second).padStart(2, "0")}Z`;
    return `,,${table},${time},${numberOf(value)},${value.field},${value.series}\r\n`;
  });
  return `${HEAD}${lines.join("")}\r\n`;
}

/** What the points are: `second series co humidity temperature`. */
function toPoints(values: readonly Value[]): string[] {
  const cells = new Map(values.map((value) => [`${value.second} ${value.series} ${value.field}`, numberOf(value)]));
  const keys = new Set(values.map(({ second, series }) => `${second} ${series}`));
  return [...keys].map((key) => [key, ...FIELDS.map((field) => cells.get(`${key} ${field}`) ?? "-")].join(" ")).sort();
}

const some = fc.uniqueArray(
  fc.record({ field: fc.constantFrom(...FIELDS), series: fc.constantFrom(...SERIES), second: fc.integer({ min: 0, max: 7 }) }),
  { selector: ({ field, series, second }) => `${field} ${series} ${second}`, minLength: 1, maxLength: 60 },
);

function inOrder(values: readonly Value[], ...keys: readonly (keyof Value)[]): Value[] {
  return [...values].sort((a, b) => {
    const key = keys.find((one) => a[one] !== b[one]);
    return key === undefined ? 0 : a[key] < b[key] ? -1 : 1;
  });
}

describe("values that come one by one", () => {
  let workspace: Workspace;
  let db: Database & AsyncDisposable;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let tables = 0;

  beforeAll(async () => {
    folder = await temporaryFolder();
    workspace = await openWorkspace({ scratch: folder.path, fence: { folders: [], files: [] } });
    db = await workspace.connect();
  });

  afterAll(async () => {
    await db[Symbol.asyncDispose]();
    await workspace.close();
    await folder[Symbol.asyncDispose]();
  });

  async function make(columns: readonly Column[]) {
    const table = `t${++tables}`;
    await db.run(`CREATE TABLE ${table} (${columns.map(({ name, type }) => `${name} ${type}`).join(", ")})`);
    const appender = await db.append(table, columns);
    return { table, append: (batch: ColumnBatch) => appender.append(batch), close: () => appender.close() };
  }

  async function feed(writer: SheetWriter, text: string, at = 0): Promise<void> {
    const decoder = new CsvDecoder(writer, new SheetRows(writer));
    const feeder = new Feeder(writer, (bytes, from, to) => decoder.decode(bytes, from, to));
    let rest = 0;
    for (const piece of splitAt(Buffer.from(text), at)) rest = await feeder.feed(piece);
    expect(decoder.verdict(rest)).toEqual({ complete: true, error: null });
  }

  async function finish(writer: SheetWriter) {
    const { sql, scattered, segments } = await relationOf(writer);
    const select = "epoch_ms(time) // 1000 % 60 AS second, s, co, humidity, temperature";
    const rows = await db.rows<Record<string, SqlValue>>(`SELECT ${select} FROM (${sql}) WHERE time_ns // 1000 = epoch_us(time)`);
    const toText = (row: SqlRow) => Object.values(row).map((cell) => cell ?? "-");
    return { points: rows.map((row) => toText(row).join(" ")).sort(), scattered, segments };
  }

  async function put(values: readonly Value[], at = 0) {
    const writer = new SheetWriter(make, toTimeRange(null));
    await writer.begin();
    await feed(writer, toCsv(values), at);
    return finish(writer);
  }

  it("become points without a look-up where they come in order: field by field, or series by series", async () => {
    await fc.assert(
      fc.asyncProperty(some, fc.nat(4000), async (values, at) => {
        for (const keys of [["field", "series", "second"] as const, ["series", "field", "second"] as const]) {
          const read = await put(inOrder(values, ...keys), at);
          expect(read.points).toEqual(toPoints(values));
          expect(read.scattered).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("become the same points in any other order", async () => {
    await fc.assert(
      fc.asyncProperty(some, fc.nat(4000), fc.boolean(), async (values, at, sorted) => {
        const order = sorted ? inOrder(values, "second", "series") : values;
        expect((await put(order, at)).points).toEqual(toPoints(values));
      }),
      { numRuns: 60 },
    );
  });

  it("need one table a field where all fields have the same moments", async () => {
    const all = FIELDS.flatMap((field) => SERIES.flatMap((series) => [1, 2, 3].map((second) => ({ field, series, second }))));
    const { segments, points: made } = await put(all);
    expect(made).toHaveLength(9);
    expect(segments).toEqual([expect.objectContaining({ beside: [expect.any(String), expect.any(String)] })]);
  });

  it("keep their place beside more points than a batch holds", async () => {
    const line = (second: number, field: string) =>
      `,,0,${new Date(Date.parse("2026-01-01") + second * 1000).toISOString()},${second},${field},a\r\n`;
    const seconds = Array.from({ length: 10_000 }, (_, second) => second);
    const late = seconds.filter((second) => second % 1999 === 7 || second > 9000);
    const writer = new SheetWriter(make, toTimeRange(null));
    await writer.begin();
    await feed(
      writer,
      `${HEAD}${seconds.map((second) => line(second, "co")).join("")}${late.map((second) => line(second, "humidity")).join("")}\r\n`,
    );
    const { sql } = await relationOf(writer);
    expect(await db.rows(`SELECT count(*) AS n, count(humidity) AS h FROM (${sql}) WHERE humidity IS NULL OR humidity = co`)).toEqual([
      { n: 10_000, h: late.length },
    ]);
  });

  it("are given up where they are too many points to be kept in mind, if they can be read in smaller parts", async () => {
    const all = ["a", "b"].flatMap((series) => [1, 2].map((second) => ({ field: "co", series, second })));
    const writer = new SheetWriter(make, toTimeRange(null), 3);
    writer.divisible = true;
    await writer.begin();
    await expect(feed(writer, toCsv(all))).rejects.toThrow(RangeError);
    expect(writer.full).toBe(true);
    await writer.abandon();
    writer.divisible = false;
    await writer.begin();
    expect(writer.full).toBe(false);
    await feed(writer, toCsv(all));
    expect(await finish(writer)).toMatchObject({ points: toPoints(all), scattered: true });
  });

  it("leave nothing of a part that is taken back", async () => {
    const writer = new SheetWriter(make, toTimeRange(null));
    const first = [{ field: "co", series: "a", second: 1 }];
    const second = [
      { field: "co", series: "a", second: 2 },
      { field: "humidity", series: "a", second: 2 },
    ];
    await writer.begin();
    await feed(writer, toCsv(first));
    await writer.begin();
    await feed(writer, toCsv([...second, ...second].reverse()));
    await writer.abandon();
    expect(writer.total).toBe(1);
    await writer.begin();
    await feed(writer, toCsv(second));
    expect(await finish(writer)).toMatchObject({ points: toPoints([...first, ...second]), scattered: false });
  });

  async function relationOf(writer: SheetWriter) {
    const segments = await writer.close();
    const schema = { tags: new Set(["s"]), fields: new Map(FIELDS.map((field) => [field, new Set(["DOUBLE" as const])])) };
    const read = { schema, slots: writer.rest.slots, segments, scattered: writer.rest.total > 0, ambiguous: false };
    return { ...toRelation(points({ fields: FIELDS }), read, () => undefined), ...read };
  }
});
