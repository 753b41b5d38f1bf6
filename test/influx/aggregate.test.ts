import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Span } from "../../src/core/window.js";
import type { Aggregate, PointQuery } from "../../src/influx/point-query.js";
import { reply, startDouble } from "../doubles/influx-double.js";
import { scripted } from "../doubles/influx-script.js";
import { findInfluxd, type InfluxServer, startInfluxdb } from "../servers/influxdb.js";
import { expectSame } from "./support/aggregates.js";
import { openClient, writeFiles } from "./support/clients.js";
import { hour, points, type ReadPoints, readPoints, temporaryFolder } from "./support/read-points.js";

const influxd = findInfluxd();
const TEN = Date.parse("2026-01-01T10:00:00Z");
const MINUTE = 60_000;
const ns = (offset: number) => `${BigInt(TEN + offset) * 1_000_000n}`;

function aggregate(given: Partial<Aggregate> = {}): Aggregate {
  return { every: 60 * MINUTE, functions: ["mean"], plain: true, by: null, ...given };
}

const every = (functions: Aggregate["functions"], given: Partial<Aggregate> = {}) => aggregate({ functions, plain: false, ...given });

async function readFolder(lines: string, query: PointQuery, span: Span | null): Promise<ReadPoints> {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, { "b/a.lp": `${lines}\n` });
  await using client = await openClient({ url: `file:${folder.path}` }, folder.path);
  return await readPoints(client, query, span);
}

const LINES = [
  `m,k=a,l=x v=1,i=1i,s="one" ${ns(0)}`,
  `m,k=a,l=x v=2,i=2i ${ns(1000)}`,
  `m,k=a,l=y v=6,b=true ${ns(30 * MINUTE)}`,
  `m,k=b v=10 ${ns(59 * MINUTE)}`,
  `m,k=b v=20 ${ns(60 * MINUTE)}`,
  `m,k=b v=99 ${ns(120 * MINUTE)}`,
].join("\n");

describe("aggregates", () => {
  const two = hour("2026-01-01T10:00:00Z", 2);

  it("are a row for each bucket and combination of tags, at the bucket's start", async () => {
    const { columns, types, rows } = await readFolder(LINES, points({ fields: ["v"], aggregate: aggregate() }), two);
    expect(columns).toEqual(["time", "time_ns", "k", "l", "v"]);
    expect(types).toEqual(["TIMESTAMP WITH TIME ZONE", "BIGINT", "VARCHAR", "VARCHAR", "DOUBLE"]);
    expect(rows.map(({ time, k, l, v }) => [time, k, l, v])).toEqual([
      ["2026-01-01T10:00:00Z", "a", "x", 1.5],
      ["2026-01-01T10:00:00Z", "a", "y", 6],
      ["2026-01-01T10:00:00Z", "b", null, 10],
      ["2026-01-01T11:00:00Z", "b", null, 20],
    ]);
    expect(rows[0]?.time_ns).toBe(BigInt(ns(0)));
  });

  it("weigh means by points where by: names fewer tags", async () => {
    const query = points({ fields: ["v", "i"], aggregate: every(["mean", "count", "first", "last"], { by: ["k"] }) });
    const { columns, rows } = await readFolder(LINES, query, hour("2026-01-01T10:00:00Z"));
    expect(columns.slice(2)).toEqual(["k", "mean_v", "count_v", "first_v", "last_v", "mean_i", "count_i", "first_i", "last_i"]);
    expect(rows[0]).toMatchObject({ k: "a", mean_v: 3, count_v: 3, first_v: 1, last_v: 6, mean_i: 1.5, count_i: 2, first_i: 1, last_i: 2 });
    expect(rows[1]).toMatchObject({ k: "b", mean_v: 10, count_v: 1, mean_i: null, count_i: 0 });
  });

  it("come with the number of values they are made of, by window", async () => {
    const { counts } = await readFolder(LINES, points({ fields: ["v"], aggregate: aggregate({ every: 10 * MINUTE, by: [] }) }), two);
    expect([...(counts ?? [])].map(([start, { v }]) => [start, v?.values])).toEqual([
      [TEN, 4],
      [TEN + 60 * MINUTE, 1],
    ]);
  });

  it("are refused of texts, where they are no count, and for buckets that do not fit the windows", async () => {
    const read = (query: Partial<PointQuery>, span: Span | null) => readFolder(LINES, points(query), span);
    await expect(read({ fields: ["s"], aggregate: aggregate() }, two)).rejects.toMatchObject({ code: "SOURCE_TYPE_CONFLICT" });
    expect((await read({ fields: ["s"], aggregate: every(["count", "last"], { by: [] }) }, two)).rows).toMatchObject([
      { count_s: 1, last_s: "one" },
    ]);
    await expect(
      read({ fields: ["v"], aggregate: aggregate({ every: 120 * MINUTE }) }, hour("2026-01-01T11:00:00Z")),
    ).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("keep every column where nothing came", async () => {
    const query = points({ fields: ["v", "nothing"], aggregate: every(["mean", "count"], { by: ["k"] }) });
    const { columns, rows } = await readFolder(LINES, query, hour("2026-02-01T10:00:00Z"));
    expect(rows).toEqual([]);
    expect(columns).toEqual(["time", "time_ns", "k", "mean_v", "count_v", "mean_nothing", "count_nothing"]);
  });
});

describe("aggregates by Flux", () => {
  const query = points({ fields: ["v"], aggregate: every(["mean", "count"], { by: [] }) });
  const csv = (type: string, rows: readonly string[]) =>
    [
      `#datatype,string,long,dateTime:RFC3339,${type},string,string`,
      "#group,false,false,false,false,true,true",
      "#default,_result,,,,,",
      ",result,table,_time,_value,_field,k",
      ...rows.map((row) => `,,0,2026-01-01T10:00:00Z,${row}`),
      "",
      "",
    ].join("\r\n");

  /** Two series: three points of mean 1, and one of 5. */
  const serve = (counts: readonly string[], all: number) => {
    const other = scripted("flux", () => undefined);
    return startDouble((socket, asked) => {
      if (!asked.body.includes("aggregateWindow")) return other(socket, asked);
      const part = asked.body.includes("fn: mean") ? csv("double", ["1,v,a", "5,v,b"]) : csv("long", counts);
      socket.write(reply("200 OK", "text/csv", asked.body.includes("group(") ? csv("long", [`${all},v,`]) : part));
    });
  };

  it("are asked for series by series, and merged by the points behind them", async () => {
    await using server = await serve(["3,v,a", "1,v,b"], 4);
    await using client = await openClient({ url: server.url });
    const { rows, counts } = await readPoints(client, query, hour("2026-01-01T10:00:00Z"));
    expect(rows).toMatchObject([{ time: "2026-01-01T10:00:00Z", mean_v: 2, count_v: 4 }]);
    expect(counts?.get(TEN)?.v).toEqual({ values: 4, count: 4, method: "flux" });
    const text = await client.explain(query, hour("2026-01-01T10:00:00Z"), new AbortController().signal);
    expect(text).toContain('aggregateWindow(every: 3600000ms, fn: mean, timeSrc: "_start", createEmpty: false)');
  });

  it("do not count where some of them did not come", async () => {
    await using lost = await serve(["3,v,a"], 4);
    await using few = await openClient({ url: lost.url });
    await expect(readPoints(few, query, hour("2026-01-01T10:00:00Z"))).rejects.toMatchObject({ code: "SOURCE_TRUNCATED" });
  });

  it("are made of points where the server's would not be the same", async () => {
    await using server = await serve([], 0);
    const explain = async (settings: Record<string, unknown>, asked: PointQuery) => {
      await using client = await openClient({ url: server.url, ...settings });
      return await client.explain(asked, hour("2026-01-01T10:00:00Z"), new AbortController().signal);
    };
    expect(await explain({}, { ...query, aggregate: every(["last"], { by: [] }) })).toMatch(/Flux keeps no times.*\nfrom/s);
    expect(await explain({}, { ...query, aggregate: every(["last"], { by: ["k"] }) })).toContain("fn: last");
    expect(await explain({ version: 2 }, query)).not.toContain("aggregateWindow");
  });
});

describe.skipIf(influxd === null)("the same aggregates from a folder and from InfluxDB 1.6.7", () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await startInfluxdb(influxd ?? "");
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function readServer(database: string, lines: string, query: PointQuery, span: Span | null) {
    await server.execute(`CREATE DATABASE ${database}`);
    await server.write(database, lines);
    await using client = await openClient({ url: server.url });
    return await readPoints(client, { ...query, bucket: database }, span);
  }

  it("for names and values that would be code, were they not quoted", async () => {
    const nasty = `a"b\\\\c'd\${e}`;
    const lines = `m,${nasty}=${nasty} ${nasty}=1 ${ns(0)}\nm,${nasty}=other ${nasty}=2 ${ns(0)}`;
    const query = points({ fields: [nasty], where: new Map([[nasty, [nasty]]]), aggregate: aggregate({ by: [nasty] }) });
    const span = hour("2026-01-01T10:00:00Z");
    const local = await readFolder(lines, query, span);
    expect(local.rows).toHaveLength(1);
    expectSame(await readServer("nasty", lines, query, span), local);
  });

  it("for a field that changes from integer to float between two shards", async () => {
    const lines = `m v=1i 1767225600000000000\nm v=1.5 ${ns(7 * 24 * 60 * MINUTE)}`;
    const query = points({ fields: ["v"], aggregate: every(["sum", "max"]) });
    const span = hour("2026-01-01T00:00:00Z", 24 * 9);
    const local = await readFolder(lines, query, span);
    expect(local.rows.map(({ sum_v }) => sum_v)).toEqual([1, 1.5]);
    expectSame(await readServer("weeks", lines, query, span), local);
  });

  it("of points where a shard begins within a bucket", async () => {
    await server.execute("CREATE DATABASE odd");
    await server.execute("CREATE RETENTION POLICY short ON odd DURATION 90000h REPLICATION 1 SHARD DURATION 90m DEFAULT");
    const span = hour("2026-01-01T10:00:00Z", 4);
    const query = points({ bucket: "odd", fields: ["v"], aggregate: aggregate() });
    await server.write("odd", LINES);
    await using client = await openClient({ url: server.url });
    expect(await client.explain(query, span, new AbortController().signal)).toContain("a shard begins within a bucket");
    expectSame(await readPoints(client, query, span), await readFolder(LINES, query, span));
  });

  it("as one row for each series and hour, whatever the raw rate", async () => {
    const lines = Array.from({ length: 3600 }, (_, second) => `m,k=a v=${second} ${ns(second * 1000)}\nm,k=b v=1 ${ns(second * 1000)}`);
    await server.execute("CREATE DATABASE rate");
    await server.write("rate", lines.join("\n"));
    await using client = await openClient({ url: server.url });
    const query = points({ bucket: "rate", fields: ["v"], aggregate: aggregate() });
    const received: number[] = [];
    const signal = new AbortController().signal;
    const { rows, counts } = await readPoints(client, query, hour("2026-01-01T10:00:00Z"), signal, (count) => received.push(count));
    expect({ rows: rows.length, received }).toEqual({ rows: 2, received: [2] });
    expect(counts?.get(TEN)?.v?.values).toBe(7200);
    expect(await client.explain(query, hour("2026-01-01T10:00:00Z"), signal)).toBe(
      `InfluxQL on InfluxDB 1.6.7~rc0, aggregated by the server:\nSELECT count("v"::field), mean("v"::field) FROM "m" WHERE time >= ${ns(0)} AND time < ${ns(60 * MINUTE)} GROUP BY time(3600000ms), "k" fill(none)`,
    );
  });
});
