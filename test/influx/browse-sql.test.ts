import { describe, expect, it } from "vitest";
import { findDatafusion, startInfluxdb3 } from "../servers/influxdb3.js";
import { openClient } from "./support/clients.js";

const python = findDatafusion();

describe.skipIf(python === null)("looking into InfluxDB 3", () => {
  it("finds databases, measurements, and what each holds", async () => {
    await using server = await startInfluxdb3(python ?? "");
    await server.write(
      "db",
      'm,k=a f=1.5,i=1i,b=true 1767261600123456000\nm,k=b s="text" 1767261599000000000\nother v=1 1767261599000000000',
    );
    await using client = await openClient({ url: server.url, token: "secret" });
    const look = (bucket: string | null, measurement: string | null = null) =>
      client.browse({ bucket, measurement }, new AbortController().signal);
    expect(await look(null)).toEqual({ level: "buckets", buckets: [{ name: "db", retention: null }] });
    expect(await look("db")).toEqual({
      level: "measurements",
      bucket: "db",
      measurements: [
        { name: "m", fields: ["b", "f", "i", "s"], tags: ["k"] },
        { name: "other", fields: ["v"], tags: [] },
      ],
    });
    expect(await look("db", "m")).toEqual({
      level: "measurement",
      bucket: "db",
      measurement: "m",
      tags: [{ name: "k", count: 2, more: false, values: ["a", "b"] }],
      fields: [
        { name: "b", types: ["BOOLEAN"] },
        { name: "f", types: ["DOUBLE"] },
        { name: "i", types: ["BIGINT"] },
        { name: "s", types: ["VARCHAR"] },
      ],
      first: "2026-01-01T09:59:59Z",
      last: "2026-01-01T10:00:00.123456Z",
    });
    await expect(look("nosuch")).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
    await expect(look("db", "nosuch")).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
  });
});
