import { describe, expect, it } from "vitest";
import { reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, ROWS, scripted } from "../doubles/influx-script.js";
import { openClient } from "./support/clients.js";
import { hour, points, readPoints } from "./support/read-points.js";

const HOUR = hour("2026-01-01T10:00:00Z");
const QUERY = points({ fields: ["v"] });
const FLUX = reply("200 OK", BODIES.flux.type, BODIES.flux.body);
const WHOLE = reply("200 OK", BODIES.influxql.type, BODIES.influxql.body);

describe("the manners of a client of InfluxDB", () => {
  it("has at most four requests under way at a time", async () => {
    let underWay = 0;
    let most = 0;
    const slow = scripted("influxql", (socket) => {
      most = Math.max(most, ++underWay);
      setTimeout(() => {
        underWay--;
        socket.write(WHOLE);
      }, 50);
    });
    await using double = await startDouble(slow);
    await using client = await openClient({ url: double.url });
    await Promise.all(Array.from({ length: 12 }, () => readPoints(client, QUERY, HOUR)));
    expect(most).toBe(4);
  });

  it("asks again after a lost connection, with a pause that grows and is never twice the same", async () => {
    const pauses: number[][] = [];
    for (let run = 0; run < 2; run++) {
      const times: number[] = [];
      const breaking = scripted("influxql", (socket, before) => {
        times.push(performance.now());
        if (before < 2) socket.destroy();
        else socket.write(WHOLE);
      });
      await using double = await startDouble(breaking);
      await using client = await openClient({ url: double.url });
      expect((await readPoints(client, QUERY, HOUR)).rows).toHaveLength(ROWS);
      pauses.push(times.slice(1).map((time, index) => time - (times[index] ?? 0)));
    }
    for (const [first = 0, second = 0] of pauses) {
      expect(first).toBeGreaterThan(240);
      expect(second).toBeGreaterThan(490);
    }
    expect(pauses[0]).not.toEqual(pauses[1]);
  });

  it.each(["429 Too Many Requests", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"])(
    "asks again after %s",
    async (status) => {
      const busy = reply(status, "text/html", "<html>later", { "Retry-After": 0 });
      await using double = await startDouble(scripted("flux", (socket, times) => socket.write(times === 0 ? busy : FLUX)));
      await using client = await openClient({ url: double.url, org: "o" });
      expect((await readPoints(client, QUERY, HOUR)).rows).toHaveLength(ROWS);
    },
  );

  it("obeys a Retry-After that is a date", async () => {
    const times: number[] = [];
    const busy = () => {
      // dates have whole seconds: between one and two of them from now
      const date = new Date(Date.now() + 2000).toUTCString();
      return reply("503 Service Unavailable", "text/plain", "", { "Retry-After": date });
    };
    const waiting = scripted("influxql", (socket, before) => {
      times.push(performance.now());
      socket.write(before === 0 ? busy() : WHOLE);
    });
    await using double = await startDouble(waiting);
    await using client = await openClient({ url: double.url });
    await readPoints(client, QUERY, HOUR);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(900);
  });

  it.each(["influxql", "flux"] as const)("takes a redirect to a login page for none of InfluxDB's replies: %s", async (dialect) => {
    const login = reply("302 Found", "text/html", "<html>", { Location: "https://login.example.org/" });
    await using double = await startDouble(scripted(dialect, (socket) => socket.write(login)));
    await using client = await openClient({ url: double.url, org: "o" });
    await expect(readPoints(client, QUERY, HOUR)).rejects.toMatchObject({
      code: "SOURCE_UNEXPECTED",
      exit: 69,
      hint: expect.stringContaining("https://login.example.org/"),
    });
    expect(double.asked.filter(({ url }) => url.searchParams.get("q")?.startsWith("SELECT") ?? false).length).toBeLessThan(2);
  });

  it("asks for compressed replies only with gzip: true, and reads what a proxy on the way has compressed anyhow", async () => {
    const { gzipSync } = await import("node:zlib");
    const packed = reply("200 OK", BODIES.influxql.type, gzipSync(BODIES.influxql.body), { "Content-Encoding": "gzip" });
    await using double = await startDouble(scripted("influxql", (socket) => socket.write(packed)));
    for (const gzip of [false, true]) {
      const asked = double.asked.length;
      await using client = await openClient({ url: double.url, gzip });
      expect((await readPoints(client, QUERY, HOUR)).rows).toHaveLength(ROWS);
      const encodings = double.asked.slice(asked).map(({ headers }) => headers["accept-encoding"]);
      expect(new Set(encodings)).toEqual(new Set([gzip ? "gzip" : "identity"]));
    }
  });
});
