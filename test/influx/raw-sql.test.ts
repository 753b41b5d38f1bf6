import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { saveParquet } from "../../src/influx/sql/save-parquet.js";
import { openRoute } from "../../src/net/open-route.js";
import { head, reply, startDouble } from "../doubles/influx-double.js";
import { findDatafusion, type Influxdb3, startInfluxdb3 } from "../servers/influxdb3.js";
import { openClient } from "./support/clients.js";
import { hour, readPoints, temporaryFolder } from "./support/read-points.js";
import { ns, TEN } from "./support/relation-cases.js";

const python = findDatafusion();
const HOURS = hour("2026-01-01T10:00:00Z", 3);
const SIGNAL = new AbortController().signal;
const PARQUET = "application/vnd.apache.parquet";
const asked = (text: string) => ({ kind: "sql", bucket: "b", text }) as const;
const WINDOW = "time >= $window_start AND time < $window_end";

describe.skipIf(python === null)("a SQL query of the user's own", () => {
  let server: Influxdb3;
  beforeAll(async () => {
    server = await startInfluxdb3(python ?? "");
    await server.write(
      "b",
      [
        `m,k=a v=1.5,i=9007199254740993i,b=true,s="x, \\"y\\"" ${BigInt(ns(0)) + 7n}`,
        `m,k=b v=2.5,u=18446744073709551615u ${ns(1000)}`,
        `m,k=a v=4 ${ns(2 * 3_600_000)}`,
        `m,k=a v=8 ${ns(3 * 3_600_000)}`,
        `old v=1 -1`,
      ].join("\n"),
    );
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function read(text: string, span: typeof HOURS | null = HOURS) {
    await using client = await openClient({ url: server.url, token: "secret" });
    return await readPoints(client, asked(text), span);
  }

  it("is run window by window, and its columns come as they are, with their types", async () => {
    const { columns, types, rows, counted, warnings } = await read(`SELECT * FROM m WHERE ${WINDOW}`);
    const named = Object.fromEntries(columns.map((name, index) => [name, types[index]]));
    expect(columns.slice(0, 2)).toEqual(["time", "time_ns"]);
    expect(named).toEqual({
      time: "TIMESTAMP WITH TIME ZONE",
      time_ns: "BIGINT",
      k: "VARCHAR",
      v: "DOUBLE",
      i: "BIGINT",
      b: "BOOLEAN",
      s: "VARCHAR",
      u: "UBIGINT",
    });
    expect(rows).toMatchObject([
      { time: "2026-01-01T10:00:00Z", time_ns: BigInt(ns(0)) + 7n, k: "a", v: 1.5, i: 9007199254740993n, b: true, s: 'x, "y"', u: null },
      { time: "2026-01-01T10:00:01Z", k: "b", v: 2.5, i: null, b: null, s: null, u: 18446744073709551615n },
      { time: "2026-01-01T12:00:00Z", k: "a", v: 4 },
    ]);
    expect({ counted, warnings }).toEqual({ counted: null, warnings: [] });
  });

  it("may be any query: subqueries, groups, a comment and a semicolon at its end", async () => {
    const text = `WITH some AS (SELECT * FROM m WHERE ${WINDOW})
      SELECT date_bin(INTERVAL '1 hour', time, $window_start) AS time, k, avg(v) AS mean, count(*) AS n, max(time) AS newest
      FROM some GROUP BY 1, k; -- by hour`;
    const { columns, types, rows } = await read(text);
    expect(columns).toEqual(["time", "time_ns", "k", "mean", "n", "newest"]);
    expect(types.at(-1)).toBe("TIMESTAMP WITH TIME ZONE");
    expect(rows).toMatchObject([
      { time: "2026-01-01T10:00:00Z", k: "a", mean: 1.5, n: 1, newest: "2026-01-01T10:00:00Z" },
      { time: "2026-01-01T10:00:00Z", k: "b", mean: 2.5, n: 1 },
      { time: "2026-01-01T12:00:00Z", k: "a", mean: 4, n: 1, newest: "2026-01-01T12:00:00Z" },
    ]);
  });

  it("loses what lies outside of the window it was run for, and says so", async () => {
    const { rows, warnings } = await read("SELECT time, v FROM m");
    expect(rows.map(({ v }) => v)).toEqual([1.5, 2.5, 4]);
    expect(warnings).toEqual(["ROWS_OUTSIDE 9 rows of the query lie outside their window and are left out"]);
  });

  it("gives a row without a time that at which its window starts", async () => {
    const { rows } = await read(`SELECT count(*) AS n FROM m WHERE ${WINDOW}`);
    expect(rows).toEqual(
      [2, 0, 1].map((n, hours) => ({
        time: `2026-01-01T1${hours}:00:00Z`,
        time_ns: BigInt(ns(hours * 3_600_000)),
        n,
      })),
    );
  });

  it("gives names of their own to columns whose names are taken", async () => {
    const { columns, warnings } = await read(`SELECT time, v AS time_ns, v AS window_start FROM m WHERE ${WINDOW}`);
    expect(columns).toEqual(["time", "time_ns", "time_ns_2", "window_start_2"]);
    expect(warnings).toHaveLength(2);
  });

  it("gives no row where there is none, in no window or in all", async () => {
    const { columns, rows } = await read("SELECT time, v FROM m WHERE time >= $window_end AND time < $window_start");
    expect({ columns, rows }).toEqual({ columns: ["time", "time_ns"], rows: [] });
  });

  it("is run once, over all of time, in a workflow, which has no window to ask for", async () => {
    expect((await read("SELECT v FROM m", null)).rows).toHaveLength(4);
    expect((await read("SELECT * FROM old", null)).rows).toEqual([{ time: "1969-12-31T23:59:59.999999Z", time_ns: -1, v: 1 }]);
    await expect(read(`SELECT v FROM m WHERE ${WINDOW}`, null)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("fails with the server's words where the server cannot run it, and with ours where its time is none", async () => {
    await expect(read("SELECT nosuch FROM m")).rejects.toMatchObject({
      code: "SOURCE_REFUSED",
      message: expect.stringContaining("nosuch"),
    });
    await expect(read("SELECT k AS time FROM m")).rejects.toMatchObject({
      code: "SOURCE_MALFORMED",
      message: 'Cannot take the rows of the sql query by their time: its column "time" is VARCHAR',
      hint: expect.stringContaining("date_bin"),
    });
  });

  it("is shown as the server gets it, and by which way", async () => {
    await using client = await openClient({ url: server.url, token: "secret" });
    const text = await client.explain(asked(`SELECT v FROM m WHERE ${WINDOW}`), hour("2026-01-01T10:00:00Z"), SIGNAL);
    expect(text).toBe(
      "SQL on InfluxDB 3.10.1, for the step says so:\nSELECT v FROM m WHERE time >= TIMESTAMP '2026-01-01T10:00:00Z' AND time < TIMESTAMP '2026-01-01T11:00:00Z'",
    );
  });

  it("is no query for a source that is asked otherwise, nor are others for InfluxDB 3", async () => {
    await using three = await openClient({ url: server.url, token: "secret" });
    for (const kind of ["flux", "influxql"] as const) {
      await expect(readPoints(three, { kind, bucket: "b", text: "x" }, HOURS)).rejects.toMatchObject({
        code: "SOURCE_REFUSED",
        hint: expect.stringContaining("Use sql:"),
      });
    }
    for (const [version, hint] of [
      ["1.8.10", "Use influxql:"],
      ["2.9.1", "Use flux: or influxql:"],
    ] as const) {
      await using double = await startDouble((socket) => socket.write(reply("204 No Content", "", "", { "X-Influxdb-Version": version })));
      await using client = await openClient({ url: double.url });
      await expect(readPoints(client, asked("SELECT 1"), HOURS)).rejects.toMatchObject({
        code: "SOURCE_REFUSED",
        message: expect.stringContaining(version),
        hint: expect.stringContaining(hint),
      });
    }
    await using folder = await temporaryFolder();
    await using local = await openClient({ url: `file:${folder.path}` }, folder.path);
    await expect(readPoints(local, asked("SELECT 1"), HOURS)).rejects.toMatchObject({ code: "SOURCE_REFUSED" });
  });

  /** What the server sends for one row. */
  async function whole(): Promise<Buffer> {
    const ask = { db: "b", q: `SELECT time, v FROM m WHERE k = 'b'`, format: "parquet" };
    const headers = { authorization: "Bearer secret" };
    const sent = await fetch(`${server.url}/api/v3/query_sql`, { method: "POST", headers, body: JSON.stringify(ask) });
    return Buffer.from(await sent.arrayBuffer());
  }

  /** Reads a reply, which says of itself as JSON that it holds rows. */
  async function readReply(body: Buffer, asJson = '[{"v":2.5}]') {
    await using double = await startDouble((socket, { body: ask }) =>
      socket.write(ask.includes('"json"') ? reply("200 OK", "application/json", asJson) : reply("200 OK", PARQUET, body)),
    );
    await using client = await openClient({ url: double.url, version: 3, retries: 0 });
    return (await readPoints(client, asked("SELECT 1"), hour("2026-01-01T10:00:00Z"))).rows.map(({ v }) => v);
  }

  it("counts when its reply is whole, and not when it is cut, wherever that is", async () => {
    const body = await whole();
    expect(await readReply(body)).toEqual([2.5]);
    await using folder = await temporaryFolder();
    let sent: Buffer = Buffer.alloc(0);
    await using double = await startDouble((socket, { body: ask }) =>
      socket.write(ask.includes('"json"') ? reply("200 OK", "application/json", "[{}]") : reply("200 OK", PARQUET, sent)),
    );
    const options = { name: "influx", url: double.url, org: "", authorization: null, version: 3, timeout: 5_000, deadline: 5_000 } as const;
    const route = await openRoute({ url: double.url, project: "/", ca: "", proxies: undefined });
    for (let length = 0; length < body.length; length++) {
      sent = body.subarray(0, length);
      const saved = saveParquet(
        { ...options, retries: 0, gzip: false, route },
        { database: "b", text: "x", path: `${folder.path}/x` },
        SIGNAL,
      );
      await expect(saved, `cut at ${length}`).rejects.toMatchObject({ code: "SOURCE_TRUNCATED" });
    }
    route.close();
  });

  it("does not take an empty reply for a query without rows unless the server says so in another way", async () => {
    expect(await readReply(Buffer.alloc(0), "[]")).toEqual([]);
    for (const asJson of ["", "[", '[{"v":1}]', "[]x"])
      await expect(readReply(Buffer.alloc(0), asJson), asJson).rejects.toMatchObject({ code: "SOURCE_TRUNCATED" });
  });

  it("does not take anything else for rows", async () => {
    const body = await whole();
    const broken = Buffer.concat([body.subarray(0, 4), Buffer.alloc(body.length - 12), body.subarray(-8)]);
    for (const bytes of [Buffer.from('{"error":"x"}'), broken])
      await expect(readReply(bytes)).rejects.toMatchObject({ code: "SOURCE_MALFORMED" });
  });

  it("is asked again where the reply breaks off", async () => {
    const body = await whole();
    let times = 0;
    await using double = await startDouble((socket) => {
      if (times++ > 0) socket.write(reply("200 OK", PARQUET, body));
      else {
        socket.write(head("200 OK", { "Content-Type": PARQUET, "Content-Length": body.length }));
        socket.end(body.subarray(0, 99));
      }
    });
    await using client = await openClient({ url: double.url, version: 3 });
    const { rows } = await readPoints(client, asked("SELECT 1"), hour("2026-01-01T10:00:00Z"));
    expect(rows).toMatchObject([{ time_ns: BigInt(TEN + 1000) * 1_000_000n, v: 2.5 }]);
  });
});
