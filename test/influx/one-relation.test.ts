import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Span } from "../../src/core/window.js";
import type { PointQuery, Query } from "../../src/influx/point-query.js";
import { findInfluxd, type InfluxServer, startInfluxdb } from "../servers/influxdb.js";
import { openClient, writeFiles } from "./support/clients.js";
import { hour, points, readPoints, temporaryFolder } from "./support/read-points.js";
import { ns } from "./support/relation-cases.js";

const influxd = findInfluxd();

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
