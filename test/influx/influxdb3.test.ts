import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileSql } from "../../src/influx/sql/compile-sql.js";
import { reply, startDouble } from "../doubles/influx-double.js";
import { findDatafusion, type Influxdb3, startInfluxdb3 } from "../servers/influxdb3.js";
import { openClient } from "./support/clients.js";
import { hour, points, readPoints } from "./support/read-points.js";

const python = findDatafusion();
const SIGNAL = new AbortController().signal;
const TEN = hour("2026-01-01T10:00:00Z");

describe.skipIf(python === null)("InfluxDB 3", () => {
  let server: Influxdb3;
  beforeAll(async () => {
    server = await startInfluxdb3(python ?? "");
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it("is asked for nothing that a name or a value says", async () => {
    const nasty = `a"b\\c'd\${e};--`;
    const text = compileSql(
      points({ measurement: nasty, where: new Map([[nasty, ["'; DROP TABLE x; --\n"]]]) }),
      { fields: [nasty], tags: [], known: new Set([nasty]) },
      null,
    );
    const quoted = `"a""b\\c'd\${e};--"`;
    expect(text).toBe(
      `SELECT CAST(time AS BIGINT) AS t, ${quoted} AS f0 FROM ${quoted} WHERE ${quoted} IN ('''; DROP TABLE x; --\n') AND (${quoted} IS NOT NULL)`,
    );
  });

  it("says who it is, and what it does not have or does not allow", async () => {
    await using client = await openClient({ url: server.url, token: "secret" });
    expect((await client.probe(SIGNAL)).version).toBe("3.10.1");
    await expect(readPoints(client, points({ bucket: "nosuch" }), TEN)).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
    await using three = await openClient({ url: server.url, token: "secret", version: 3 });
    await expect(readPoints(three, { kind: "flux", bucket: "b", text: "x" }, TEN)).rejects.toMatchObject({ code: "SOURCE_REFUSED" });
    await using stranger = await openClient({ url: server.url, token: "wrong" });
    await expect(readPoints(stranger, points(), TEN)).rejects.toMatchObject({ code: "CREDENTIALS_REFUSED" });
  });
});

describe("a reply of InfluxDB 3", () => {
  const columns = '[{"column_name":"time","data_type":"Timestamp(ns)"},{"column_name":"v","data_type":"Float64"}]';
  const rows = Array.from({ length: 4 }, (_, row) => `{"t":${TEN.start + row}000000,"f0":${row}.5}\n`);

  async function read(body: string) {
    await using server = await startDouble((socket, asked) => {
      const text = asked.body.includes("information_schema")
        ? columns
        : asked.body.includes("count(")
          ? `[{"t":${TEN.start}000000,"f0":4}]`
          : body;
      socket.write(reply("200 OK", "application/json", text));
    });
    await using client = await openClient({ url: server.url, version: 3, retries: 0 });
    return (await readPoints(client, points(), TEN)).rows.map(({ v }) => v);
  }

  it("counts when every row is there that the server counts", async () => {
    expect(await read(rows.join(""))).toEqual([0.5, 1.5, 2.5, 3.5]);
  });

  it("does not count when it is cut, wherever that is", async () => {
    const whole = rows.join("");
    for (let length = 0; length < whole.length; length++) {
      await expect(read(whole.slice(0, length)), `cut at ${length}`).rejects.toMatchObject({ code: "SOURCE_TRUNCATED" });
    }
  }, 120_000);

  it("does not count when it holds something else", async () => {
    for (const body of ['{"error":"x"}\n', "{}\n", "\n", '{"t":1.5}\n', '{"t":1,"f0":"x"}\n', '{"t":1,"f0":1}x\n'])
      await expect(read(body), body).rejects.toMatchObject({ code: "SOURCE_MALFORMED" });
  });
});
