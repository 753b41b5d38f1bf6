import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SourceContents } from "../../src/core/source-contents.js";
import { reply, startDouble } from "../doubles/influx-double.js";
import { findInfluxd, type InfluxServer, startInfluxdb } from "../servers/influxdb.js";
import { openClient, writeFiles } from "./support/clients.js";
import { temporaryFolder } from "./support/read-points.js";

const influxd = findInfluxd();
const LINES = [
  'm,k=a,"o d"=x f=1.5,i=1i,b=true 1767261600123456000',
  'm,k=b s="text" 1767261599000000000',
  "m,k=c f=2 1767265200000000000",
  "other v=1 1",
].join("\n");

async function look(
  settings: Record<string, unknown>,
  bucket: string | null = null,
  measurement: string | null = null,
): Promise<SourceContents> {
  await using client = await openClient(settings);
  return await client.browse({ bucket, measurement }, new AbortController().signal);
}

const MEASUREMENTS = [
  { name: "m", fields: ["b", "f", "i", "s"], tags: ['"o d"', "k"] },
  { name: "other", fields: ["v"], tags: [] },
];
const M = {
  tags: [
    { name: '"o d"', count: 1, more: false, values: ["x"] },
    { name: "k", count: 3, more: false, values: ["a", "b", "c"] },
  ],
  fields: [
    { name: "b", types: ["BOOLEAN"] },
    { name: "f", types: ["DOUBLE"] },
    { name: "i", types: ["BIGINT"] },
    { name: "s", types: ["VARCHAR"] },
  ],
  first: "2026-01-01T09:59:59Z",
  last: "2026-01-01T11:00:00Z",
};

describe("looking into a folder", () => {
  it("finds its buckets, their measurements, and what each holds", async () => {
    await using folder = await temporaryFolder();
    const lines = LINES.replace('"o d"', '"o\\ d"');
    await writeFiles(folder.path, { "b/one.lp": lines, "other/deep/er.lp": "x v=1 1", "beside.lp": "x v=1 1", "none/text.txt": "" });
    const url = `file:${folder.path}`;
    const own = folder.path.split("/").at(-1);
    const buckets = ["b", own, "other"].sort().map((name) => ({ name, retention: null }));
    expect(await look({ url })).toEqual({ level: "buckets", buckets });
    expect(await look({ url }, "b")).toEqual({ level: "measurements", bucket: "b", measurements: MEASUREMENTS });
    expect(await look({ url }, "b", "m")).toEqual({ level: "measurement", bucket: "b", measurement: "m", ...M });
    expect(await look({ url }, "b", "other")).toMatchObject({ first: "1970-01-01T00:00:00Z", tags: [] });
    await expect(look({ url }, "b", "nosuch")).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
  });

  it("stops counting a tag's values", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "a.lp": Array.from({ length: 1500 }, (_, index) => `m,k=${1000 + index} v=1 1`).join("\n") });
    const found = await look({ url: `file:${folder.path}` }, "b", "m");
    expect(found).toMatchObject({ tags: [{ count: 1000, more: true, values: ["1000", "1001", "1002", "1003", "1004"] }] });
  });
});

describe.skipIf(influxd === null)("looking into InfluxDB 1.6.7", () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await startInfluxdb(influxd ?? "");
    await server.execute("CREATE DATABASE db");
    await server.execute("CREATE RETENTION POLICY short ON db DURATION 90000h REPLICATION 1 SHARD DURATION 1d");
    await server.write("db", LINES.replace('"o d"', '"o\\ d"'));
    await server.write("db", `mixed v="text" 1766656800000000000\nmixed v=1 1767261600000000000`);
    await server.write("db/short", "m,k=z f=9 1767261600000000000");
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it("finds databases with their retention policies, measurements, and what each holds", async () => {
    const { url } = server;
    const buckets = [
      { name: "db", retention: null },
      { name: "db/short", retention: "90000h" },
    ];
    expect(await look({ url })).toEqual({ level: "buckets", buckets });
    const measurements = [MEASUREMENTS[0], { name: "mixed", fields: ["v"], tags: [] }, MEASUREMENTS[1]];
    expect(await look({ url }, "db")).toEqual({ level: "measurements", bucket: "db", measurements });
    const tags = [M.tags[0], { name: "k", count: 4, more: false, values: ["a", "b", "c", "z"] }];
    expect(await look({ url }, "db", "m")).toEqual({ level: "measurement", bucket: "db", measurement: "m", ...M, tags });
    expect(await look({ url }, "db/short", "m")).toMatchObject({ first: "2026-01-01T10:00:00Z", last: "2026-01-01T10:00:00Z" });
  });

  it("leaves out no point of a field that has changed its type", async () => {
    expect(await look({ url: server.url }, "db", "mixed")).toMatchObject({
      fields: [{ name: "v", types: expect.arrayContaining(["DOUBLE", "VARCHAR"]) }],
      first: "2025-12-25T10:00:00Z",
      last: "2026-01-01T10:00:00Z",
    });
  });

  it("says what is not there", async () => {
    await expect(look({ url: server.url }, "nosuch")).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
    await expect(look({ url: server.url }, "db", "nosuch")).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
  });
});

const CLOSED = { results: [{ statement_id: 0, error: "database not found: b" }] };

function texts(...values: string[]): string {
  const head = ["#datatype,string,long,string", "#group,false,false,false", "#default,_result,,", ",result,table,_value"];
  return `${[...head, ...values.map((value) => `,,0,${value}`), ""].join("\r\n")}\r\n`;
}

describe("looking into InfluxDB 2 by Flux", () => {
  it("asks for all of time, and tells types from the first and the last points", async () => {
    const table = (time: string, type: string) =>
      [
        `#datatype,string,long,dateTime:RFC3339,${type},string,string`,
        "#group,false,false,false,false,true,true",
        "#default,_result,,,,,",
        ",result,table,_time,_value,_field,k",
        `,,0,${time},1,v,a`,
        "",
        "",
      ].join("\r\n");
    await using double = await startDouble((socket, { url, body }) => {
      const csv = (text: string) => socket.write(reply("200 OK", "text/csv; charset=utf-8", text));
      const json = (value: unknown) => socket.write(reply("200 OK", "application/json", JSON.stringify(value)));
      if (url.pathname === "/ping") socket.write(reply("204 No Content", "text/plain", ""));
      else if (url.pathname === "/api/v2/buckets")
        json({
          buckets: [
            { name: "b", retentionRules: [{ everySeconds: 604_800 }] },
            { name: "a", retentionRules: [] },
          ],
        });
      else if (url.pathname === "/query") json(CLOSED);
      else if (body.includes('distinct(column: \\"_measurement')) csv(texts("m"));
      else if (body.includes('distinct(column: \\"_field')) csv(texts("v"));
      else if (body.includes("keys()")) csv(texts("_start", "_stop", "_field", "_measurement", "k"));
      else if (body.includes("distinct(column")) csv(texts("a", "b"));
      else csv(body.includes("first()") ? table("2026-01-01T10:00:00.5Z", "long") : table("2026-01-01T10:00:01Z", "double"));
    });
    const settings = { url: double.url, org: "o", token: "t" };
    const buckets = [
      { name: "a", retention: null },
      { name: "b", retention: "168h" },
    ];
    expect(await look(settings)).toEqual({ level: "buckets", buckets });
    expect(await look(settings, "b")).toMatchObject({ measurements: [{ name: "m", fields: null, tags: null }] });
    expect(await look(settings, "b", "m")).toEqual({
      level: "measurement",
      bucket: "b",
      measurement: "m",
      tags: [{ name: "k", count: 2, more: false, values: ["a", "b"] }],
      fields: [{ name: "v", types: ["BIGINT", "DOUBLE"] }],
      first: "2026-01-01T10:00:00.5Z",
      last: "2026-01-01T10:00:01Z",
    });
    const queries = double.asked.filter(({ url }) => url.pathname === "/api/v2/query").map(({ body }) => body);
    expect(queries.filter((body) => !body.includes("start: 1677-09-22T00:00:00Z"))).toEqual([]);
  });

  it("lists buckets though a page before them holds none that the token may see", async () => {
    const pages = new Map([[200, ["far"]]]);
    await using double = await startDouble((socket, { url }) => {
      const names = pages.get(Number(url.searchParams.get("offset"))) ?? [];
      const buckets = names.map((name) => ({ name, retentionRules: [] }));
      if (url.pathname === "/ping") socket.write(reply("204 No Content", "text/plain", ""));
      else socket.write(reply("200 OK", "application/json", JSON.stringify({ buckets })));
    });
    expect(await look({ url: double.url, org: "o", token: "t" })).toEqual({
      level: "buckets",
      buckets: [{ name: "far", retention: null }],
    });
  });
});
