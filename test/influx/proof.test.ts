import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Span, toSpan, windowsBetween } from "../../src/core/window.js";
import type { PointQuery } from "../../src/influx/point-query.js";
import { openGrid } from "../../src/pipelines/open-grid.js";
import { reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, type Dialect, ROWS, scripted } from "../doubles/influx-script.js";
import { findInfluxd, type InfluxServer, startInfluxdb } from "../servers/influxdb.js";
import { openClient } from "./support/clients.js";
import { hour, points, readPoints } from "./support/read-points.js";

const TEN = hour("2026-01-01T10:00:00Z");
const COUNTED = points({ fields: ["v"], prove: "count" });

/** The whole reply, without its last rows, but with its end: what no framing can tell. */
function short(dialect: Dialect): Buffer {
  const { type, body } = BODIES[dialect];
  if (dialect === "influxql") return reply("200 OK", type, shortMessage(body));
  const text = body.toString();
  const last = text.lastIndexOf(",,0,");
  return reply("200 OK", type, `${text.slice(0, last)}\r\n`);
}

function shortMessage(body: Buffer): Buffer {
  const second = body.indexOf(Buffer.from([0x81, 0xa7, ...Buffer.from("results")]), 10);
  return body.subarray(second);
}

const whole = (dialect: Dialect) => reply("200 OK", BODIES[dialect].type, BODIES[dialect].body);

describe.each(["influxql", "flux"] as const)("prove: count, by %s", (dialect) => {
  const read = async (url: string, query: PointQuery, span: Span = TEN) => {
    await using client = await openClient({ url, org: "o", token: "t", timeout: "2s", retries: 0 });
    return await readPoints(client, query, span);
  };

  it("keeps what was read and what was counted, window by window", async () => {
    await using double = await startDouble(scripted(dialect, (socket) => socket.write(whole(dialect))));
    const { counts } = await read(double.url, COUNTED, hour("2026-01-01T10:00:00Z", 2));
    expect([...(counts ?? [])]).toEqual([
      [TEN.start, { v: { values: ROWS, count: ROWS, method: dialect } }],
      [TEN.end, { v: { values: 0, count: 0, method: dialect } }],
    ]);
  });

  it("fails a window whose reply lacks rows and yet ends well", async () => {
    await using double = await startDouble(scripted(dialect, (socket) => socket.write(short(dialect))));
    await expect(read(double.url, COUNTED)).rejects.toMatchObject({
      code: "SOURCE_TRUNCATED",
      message: expect.stringMatching(/field "v" came with \d+ values from 2026-01-01T10:00:00Z on, and the source counts 100$/),
    });
  });

  it("reads once more before it believes that something is missing", async () => {
    await using double = await startDouble(
      scripted(dialect, (socket, times) => socket.write(times === 0 ? short(dialect) : whole(dialect))),
    );
    const { rows } = await read(double.url, COUNTED);
    expect(rows).toHaveLength(ROWS);
  });
});

describe("prove: framing", () => {
  const counting = (asked: readonly { readonly url: URL; readonly body: string }[]) =>
    asked.filter(({ url, body }) => body.includes("fn: count") || (url.searchParams.get("q") ?? "").includes("count("));

  it("asks for no count by InfluxQL, whose replies say when more is to come", async () => {
    await using double = await startDouble(scripted("influxql", (socket) => socket.write(whole("influxql"))));
    await using client = await openClient({ url: double.url });
    expect((await readPoints(client, points({ fields: ["v"] }), TEN)).counts).toBeNull();
    expect(counting(double.asked)).toHaveLength(0);
  });

  it("asks for no count of a Flux reply that has no tables", async () => {
    const empty = reply("200 OK", BODIES.flux.type, "\r\n");
    await using double = await startDouble(scripted("flux", (socket) => socket.write(empty)));
    await using client = await openClient({ url: double.url });
    expect((await readPoints(client, points({ fields: ["v"] }), TEN)).rows).toHaveLength(0);
    expect(counting(double.asked)).toHaveLength(0);
  });

  it("never takes the end of a table of Flux for the end of the reply", async () => {
    await using double = await startDouble((socket, asked) => {
      if (asked.body.includes("fn: count")) socket.write(counted(2 * ROWS));
      else scripted("flux", (data) => data.write(whole("flux")))(socket, asked);
    });
    await using client = await openClient({ url: double.url, org: "o" });
    await expect(readPoints(client, points({ fields: ["v"] }), TEN)).rejects.toMatchObject({ code: "SOURCE_TRUNCATED", exit: 65 });
  });
});

function counted(count: number): Buffer {
  const lines = [
    "#datatype,string,long,dateTime:RFC3339,string,long",
    "#group,false,false,true,true,false",
    "#default,_result,,,,",
    ",result,table,_time,_field,_value",
    `,,0,2026-01-01T10:00:00Z,v,${count}`,
    "",
    "",
  ];
  return reply("200 OK", BODIES.flux.type, lines.join("\r\n"));
}

const influxd = findInfluxd();

describe.skipIf(influxd === null)("counts by InfluxDB 1.6.7", () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await startInfluxdb(influxd ?? "");
    await server.execute("CREATE DATABASE db WITH DURATION INF SHARD DURATION 7h NAME short");
    await server.write("db", lines().join("\n"));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** Five days around the night in which Madrid's clocks go forward: a point every 7 minutes, in series that differ. */
  function lines(): string[] {
    const from = Date.parse("2026-03-27T00:00:00Z");
    return Array.from({ length: (5 * 86_400) / 420 }, (_, index) => {
      const fields = [`v=${index}.5`, ...(index % 3 === 0 ? [`i=${index}i`] : []), ...(index % 5 === 0 ? ['s="x"'] : [])];
      return `m,k=${"abc"[index % 3]} ${fields.join(",")} ${from + index * 420_000}000000`;
    });
  }

  const spanOf = async (every: string, timezone: string, from: string, to: string) => {
    const grid = await openGrid(every, timezone);
    return toSpan([...windowsBetween(grid, Date.parse(from), Date.parse(to))]);
  };

  it.each([
    ["1h", "UTC", "2026-03-28T00:00:00Z", "2026-03-29T12:00:00Z"],
    ["15m", "UTC", "2026-03-28T06:45:00Z", "2026-03-28T15:15:00Z"],
    ["8h", "UTC", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z"],
    ["1d", "Europe/Madrid", "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z"],
  ])("agree with what was read in windows of %s in %s, across shards of 7 hours", async (every, timezone, from, to) => {
    await using client = await openClient({ url: server.url });
    const span = await spanOf(every, timezone, from, to);
    const query = points({ bucket: "db", where: new Map([["k", ["a", "c"]]]), prove: "count", fields: ["v", "i", "s", "nothing"] });
    const { rows, counts } = await readPoints(client, query, span);
    expect([...(counts?.keys() ?? [])]).toEqual(span.windows.map(({ start }) => start));
    const total = (field: string) => [...(counts?.values() ?? [])].reduce((sum, fields) => sum + (fields[field]?.count ?? 0), 0);
    expect([total("v"), total("i"), total("s"), total("nothing")]).toEqual(
      ["v", "i", "s", "nothing"].map((field) => rows.filter((row) => row[field] !== null).length),
    );
    expect(total("v")).toBeGreaterThan(20);
  });

  it("agree with what was read of all of time", async () => {
    await using client = await openClient({ url: server.url });
    const { rows } = await readPoints(client, points({ bucket: "db", prove: "count" }), null);
    expect(rows).toHaveLength(lines().length);
  });
});
