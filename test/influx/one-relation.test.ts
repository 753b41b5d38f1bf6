import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Span } from "../../src/core/window.js";
import type { PointQuery, Query } from "../../src/influx/point-query.js";
import { writeSample } from "../../src/influx/write-sample.js";
import { findInfluxd, type InfluxServer, startInfluxdb } from "../servers/influxdb.js";
import { roughPoints, toLine } from "./support/arbitrary-points.js";
import { openClient, writeFiles } from "./support/clients.js";
import { hour, points, readPoints, temporaryFolder } from "./support/read-points.js";

const influxd = findInfluxd();
const TEN = Date.parse("2026-01-01T10:00:00Z");
const ns = (offset: number) => `${BigInt(TEN + offset) * 1_000_000n}`;

const CASES: readonly {
  readonly what: string;
  readonly rows: number;
  readonly lines: string;
  readonly query?: Partial<PointQuery>;
  readonly span?: Span;
}[] = [
  {
    what: "every type, exactly",
    rows: 4,
    lines: [
      `m,k=a f=1.5,i=9223372036854775807i,b=true,s="x" ${ns(0)}`,
      `m,k=a f=-0.1,i=-9223372036854775808i,b=false,s="" ${ns(1)}`,
      `m,k=b f=5e-324,s="a,b \\"q\\" \\\\ = 🙂\nnext" ${BigInt(ns(2)) + 7n}`,
      `m f=123456789.12345679 ${ns(3)}`,
    ].join("\n"),
  },
  {
    what: "names with blanks, commas, quotes and =",
    rows: 1,
    lines: `me\\ as\\,ure,ta\\ g=a\\,b\\=c,o"q=\\ x fi\\ eld=1,"q"=2i ${ns(0)}`,
    query: { measurement: "me as,ure" },
  },
  { what: "a tag and a field of the same name", rows: 2, lines: `m,v=a v=1 ${ns(0)}\nm v=2 ${ns(1)}` },
  { what: "names that differ by case only", rows: 1, lines: `m,Tag=a,tag=b Val=1,val=2 ${ns(0)}` },
  {
    what: "fields in the order asked for, and one that does not exist",
    rows: 1,
    lines: `m a=1,b=2,c=3 ${ns(0)}`,
    query: { fields: ["c", "nothing", "a"] },
  },
  {
    what: "only some tags, of series that share a time",
    rows: 2,
    lines: `m,a=1,b=1 v=1 ${ns(0)}\nm,a=1,b=2 v=1 ${ns(0)}`,
    query: { tags: ["a"] },
  },
  {
    what: "only points with given tags",
    rows: 2,
    lines: `m,a=1 v=1 ${ns(0)}\nm,a=2 v=2 ${ns(0)}\nm,a='3 v=3 ${ns(0)}\nm v=4 ${ns(0)}`,
    query: { where: new Map([["a", ["1", "'3"]]]) },
  },
  {
    what: "a window's start, and not its end",
    rows: 2,
    lines: `m v=1 ${ns(-1)}\nm v=2 ${ns(0)}\nm v=3 ${BigInt(ns(3_600_000)) - 1n}\nm v=4 ${ns(3_600_000)}`,
  },
  { what: "a point written twice, field by field", rows: 1, lines: `m,k=a a=1,b=2 ${ns(0)}\nm,k=a b=3,c=4 ${ns(0)}` },
  {
    what: "integers and floats in different weeks as doubles",
    rows: 2,
    lines: `m v=1i 1767225600000000000\nm v=1.5 ${ns(7 * 86_400_000)}`,
    span: hour("2026-01-01T00:00:00Z", 24 * 9),
  },
  { what: "nothing of a measurement that does not exist", rows: 0, lines: `other v=1 ${ns(0)}`, query: { fields: ["v"] } },
  { what: "nothing of a measurement that does not exist, all fields", rows: 0, lines: `other v=1 ${ns(0)}` },
  {
    what: "a declared type where nothing came",
    rows: 0,
    lines: `other v=1 ${ns(0)}`,
    query: { fields: ["v"], types: new Map([["v", "BIGINT"]]) },
  },
];

describe.skipIf(influxd === null)("the same points from a folder and from InfluxDB 1.6.7", () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await startInfluxdb(influxd ?? "");
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function readBoth(database: string, lines: string, query: PointQuery, span: Span | null) {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { [`${query.bucket}/a.lp`]: `${lines}\n` });
    await server.execute(`CREATE DATABASE ${database}`);
    await server.write(database, lines);
    await using remote = await openClient({ url: server.url });
    await using local = await openClient({ url: `file:${folder.path}` }, folder.path);
    return { remote: await readPoints(remote, { ...query, bucket: database }, span), local: await readPoints(local, query, span) };
  }

  it.each(CASES.map((given, index) => ({ ...given, index })))(
    "gives the same relation: $what",
    async ({ lines, query, span, index, rows }) => {
      const { remote, local } = await readBoth(`case_${index}`, lines, points(query), span ?? hour("2026-01-01T10:00:00Z"));
      expect(remote.rows).toHaveLength(rows);
      expect({ ...remote, warnings: remote.warnings.length }).toEqual({ ...local, warnings: local.warnings.length });
    },
  );

  it("gives the same relation: the sample, late points and gaps included", async () => {
    await using folder = await temporaryFolder();
    await writeSample({ folder: folder.path, until: TEN, hours: 8 });
    const names = await readdir(join(folder.path, "sensors"));
    const files = await Promise.all(names.map((name) => readFile(join(folder.path, "sensors", name), "utf8")));
    const query = points({ bucket: "sensors", measurement: "airSensors", fields: ["co", "temperature", "humidity"] });
    const { remote, local } = await readBoth("sensors", files.join(""), query, hour("2026-01-01T02:00:00Z", 3));
    expect(remote.rows.length).toBe(3 * 8 * 360 - 240);
    expect(remote).toEqual(local);
  });

  it("gives the same relation: any points at all", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(roughPoints(BigInt(ns(0)), 3_600_000_000_000n), async (written) => {
        const lines = written.map(toLine).join("\n");
        const { remote, local } = await readBoth(`any_${run++}`, lines, points(), hour("2026-01-01T10:00:00Z"));
        expect(local.rows.length).toBeGreaterThan(0);
        expect(remote).toEqual(local);
      }),
      { numRuns: process.env.KPI_TEST_LONG === "1" ? 1_000 : 40 },
    );
  }, 600_000);

  it("reads all of time in a workflow", async () => {
    const { remote, local } = await readBoth("always", `m v=1 ${ns(0)}\nm v=2 1`, points(), null);
    expect(remote.rows).toHaveLength(2);
    expect(remote).toEqual(local);
  });
});

describe.skipIf(influxd === null)("InfluxDB 1.6.7", () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await startInfluxdb(influxd ?? "");
    await server.execute("CREATE DATABASE db");
    await server.execute("CREATE RETENTION POLICY short ON db DURATION 90000h REPLICATION 1 SHARD DURATION 1d");
    await server.write("db/short", `m,k=a v=1,w=2 ${ns(0)}\nm,k=b v=3 ${ns(1000)}\nm,k=b v=5 ${ns(2000)}`);
    await server.write("db", `m,k=a v=10 ${ns(0)}`);
    await server.write("db", `mixed v="text" ${ns(-7 * 86_400_000)}\nmixed v=1 ${ns(0)}`);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function read(query: Query, settings: Record<string, unknown> = {}) {
    await using client = await openClient({ url: server.url, ...settings });
    return await readPoints(client, query, hour("2026-01-01T10:00:00Z", 2));
  }

  it("is asked for another retention policy by database/policy", async () => {
    expect((await read(points({ bucket: "db/short", fields: ["v"] }))).rows.map(({ v }) => v)).toEqual([1, 3, 5]);
    expect((await read(points({ bucket: "db", fields: ["v"] }))).rows.map(({ v }) => v)).toEqual([10]);
  });

  it("answers a query of the user's own window by window, tags of GROUP BY as columns", async () => {
    const text = "SELECT sum(v) AS total, count(v) FROM m WHERE time >= $window_start AND time < $window_end GROUP BY k";
    const { columns, rows, counted } = await read({ kind: "influxql", bucket: "db/short", text });
    expect({ columns, counted }).toEqual({ columns: ["time", "time_ns", "k", "total", "count"], counted: null });
    expect(rows).toMatchObject([
      { time: "2026-01-01T10:00:00Z", k: "a", total: 1, count: 1 },
      { time: "2026-01-01T10:00:00Z", k: "b", total: 8, count: 2 },
    ]);
  });

  it("is found out when it would leave texts out of a column of numbers", async () => {
    const types = new Map([["v", "DOUBLE"]] as const);
    await expect(read(points({ bucket: "db", measurement: "mixed" }))).rejects.toMatchObject({ code: "SOURCE_TYPE_CONFLICT" });
    expect((await read(points({ bucket: "db", measurement: "mixed", types }))).rows.map(({ v }) => v)).toEqual([1]);
    await using client = await openClient({ url: server.url });
    const week = readPoints(client, points({ bucket: "db", measurement: "mixed", types }), hour("2025-12-25T00:00:00Z", 24 * 8));
    await expect(week).rejects.toMatchObject({ code: "SOURCE_TYPE_CONFLICT" });
  });

  it("says what it does not have", async () => {
    await expect(read(points({ bucket: "nosuch" }))).rejects.toMatchObject({
      code: "SOURCE_NOT_FOUND",
      exit: 78,
      hint: expect.stringContaining("rights"),
    });
    await expect(read(points({ bucket: "db/nosuch" }))).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
    await expect(read({ kind: "influxql", bucket: "db", text: "SELECT" })).rejects.toMatchObject({ code: "SOURCE_REFUSED", exit: 65 });
    await expect(read({ kind: "influxql", bucket: "db", text: "SELECT nosuch(v) FROM m" })).rejects.toMatchObject({
      code: "SOURCE_REFUSED",
    });
  });

  it("says who it is", async () => {
    await using client = await openClient({ url: server.url });
    expect((await client.probe(new AbortController().signal)).version).toMatch(/^1\.6\.7/);
  });
});
