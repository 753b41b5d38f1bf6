import { describe, expect, it, vi } from "vitest";
import { head, reply, startDouble } from "../doubles/influx-double.js";
import { BODIES, ROWS, scripted } from "../doubles/influx-script.js";
import { openClient } from "./support/clients.js";
import { hour, points, readPoints } from "./support/read-points.js";

const HOUR = hour("2026-01-01T10:00:00Z");
const QUERY = points({ fields: ["v"] });

const whole = {
  influxql: reply("200 OK", BODIES.influxql.type, BODIES.influxql.body),
  flux: reply("200 OK", BODIES.flux.type, BODIES.flux.body),
};

describe("a client of InfluxDB", () => {
  it("gives the same relation by InfluxQL and by Flux", async () => {
    const read = async (dialect: "influxql" | "flux") => {
      await using double = await startDouble(scripted(dialect, (socket) => socket.write(whole[dialect])));
      await using client = await openClient({ url: double.url, org: "o" });
      return await readPoints(client, QUERY, HOUR);
    };
    const byInfluxql = await read("influxql");
    expect({ ...(await read("flux")), counts: null }).toEqual(byInfluxql);
    expect(byInfluxql).toMatchObject({ columns: ["time", "time_ns", "k", "v"], counted: ["v"], warnings: [] });
    expect(byInfluxql.rows).toHaveLength(ROWS);
  });

  it("says by which way it reads, and why", async () => {
    const explain = async (dialect: "influxql" | "flux") => {
      await using double = await startDouble(scripted(dialect, () => undefined));
      await using client = await openClient({ url: double.url });
      return await client.explain(QUERY, HOUR, new AbortController().signal);
    };
    expect(await explain("influxql")).toBe(
      'InfluxQL on InfluxDB 2.9.1:\nSELECT "v"::field, "k"::tag FROM "m" WHERE time >= 1767261600000000000 AND time < 1767265200000000000',
    );
    expect(await explain("flux")).toMatch(
      /^Flux on InfluxDB 2.9.1, for InfluxQL is not open here \(.*database not found: b\):\nfrom\(bucket: "b"\)/,
    );
  });

  it("sends the token, the organisation and the bucket", async () => {
    await using double = await startDouble(scripted("flux", (socket) => socket.write(whole.flux)));
    await using client = await openClient({ url: `${double.url}/below/`, org: "my org", token: "secret" });
    await readPoints(client, QUERY, HOUR).catch(() => undefined);
    expect(double.asked[0]?.url.pathname).toBe("/below/ping");
    expect(double.asked[0]?.headers.authorization).toBe("Token secret");
  });

  it("sends a user and a password", async () => {
    await using double = await startDouble((socket) =>
      socket.write(reply("204 No Content", "text/plain", "", { "X-Influxdb-Version": "1.6.7" })),
    );
    await using client = await openClient({ url: double.url, username: "u", password: "p:q", retries: 0 });
    await client.probe(new AbortController().signal).catch(() => undefined);
    expect(double.asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from("u:p:q").toString("base64")}`);
  });

  it("asks once for each shard that the span touches", async () => {
    await using double = await startDouble(scripted("influxql", (socket) => socket.write(whole.influxql)));
    await using client = await openClient({ url: double.url });
    await readPoints(client, QUERY, hour("2026-01-04T20:00:00Z", 8));
    const times = double.asked.flatMap(({ url }) => /time >= (\d+) AND time < (\d+)/.exec(url.searchParams.get("q") ?? "")?.slice(1) ?? []);
    const midnight = `${Date.parse("2026-01-05T00:00:00Z")}000000`;
    expect(times).toEqual([
      `${Date.parse("2026-01-04T20:00:00Z")}000000`,
      midnight,
      midnight,
      `${Date.parse("2026-01-05T04:00:00Z")}000000`,
    ]);
  });

  it("leaves out what a server sends beyond the window", async () => {
    await using double = await startDouble(scripted("flux", (socket) => socket.write(whole.flux)));
    await using client = await openClient({ url: double.url, org: "o" });
    const half = { start: HOUR.start, end: HOUR.start + 50_000 };
    expect((await readPoints(client, QUERY, { ...half, windows: [half] })).rows).toHaveLength(50);
  });

  it("waits as long as the server wishes before it asks again", async () => {
    const busy = reply("429 Too Many Requests", "application/json", "{}", { "Retry-After": 1 });
    await using double = await startDouble(scripted("influxql", (socket, times) => socket.write(times === 0 ? busy : whole.influxql)));
    await using client = await openClient({ url: double.url });
    const started = performance.now();
    expect((await readPoints(client, QUERY, HOUR)).rows).toHaveLength(ROWS);
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  it("does not wait beyond its deadline", async () => {
    const busy = reply("503 Service Unavailable", "text/plain", "", { "Retry-After": new Date(Date.now() + 60_000).toUTCString() });
    await using double = await startDouble(scripted("influxql", (socket) => socket.write(busy)));
    await using client = await openClient({ url: double.url, deadline: "2s" });
    const started = performance.now();
    await expect(readPoints(client, QUERY, HOUR)).rejects.toMatchObject({ code: "SOURCE_BUSY" });
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it("gives up a reply that drips beyond its deadline", async () => {
    const drip = scripted("flux", (socket) => {
      socket.write(head("200 OK", { "Content-Type": "text/csv", "Transfer-Encoding": "chunked" }));
      const timer = setInterval(() => socket.write("1\r\nx\r\n"), 50);
      socket.once("close", () => clearInterval(timer));
    });
    await using double = await startDouble(drip);
    await using client = await openClient({ url: double.url, deadline: "600ms", timeout: "300ms" });
    await expect(readPoints(client, QUERY, HOUR)).rejects.toMatchObject({
      code: "SOURCE_TIMEOUT",
      message: expect.stringContaining("not done after 600 ms"),
    });
  });

  it.each(["influxql", "flux", "sql"] as const)("ends the query at the server when it is aborted: %s", async (dialect) => {
    const stop = new AbortController();
    const reason = new Error("stopped");
    const closed = vi.fn<() => void>();
    const stall = scripted(dialect, (socket) => {
      socket.write(head("200 OK", { "Content-Type": BODIES[dialect].type, "Transfer-Encoding": "chunked" }));
      socket.once("close", closed);
      stop.abort(reason);
    });
    await using double = await startDouble(stall);
    await using client = await openClient({ url: double.url });
    await expect(readPoints(client, QUERY, HOUR, stop.signal)).rejects.toBe(reason);
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
  });

  it("names what does not answer", async () => {
    await using client = await openClient({ url: "http://127.0.0.1:1", retries: 0 });
    await expect(client.probe(new AbortController().signal)).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it.each([
    [
      "what does not say that it is InfluxDB",
      reply("200 OK", "text/html", "<html>", { "X-Influxdb-Version": "" }).toString().replace("X-Influxdb-Version: \r\n", ""),
    ],
    ["InfluxDB 3", reply("200 OK", "text/plain", "", { "X-Influxdb-Version": "3.10.1" }).toString()],
  ])("refuses %s", async (_, answer) => {
    await using double = await startDouble((socket) => socket.write(answer));
    await using client = await openClient({ url: double.url, retries: 0 });
    await expect(client.probe(new AbortController().signal)).rejects.toMatchObject({ code: "SOURCE_UNEXPECTED", exit: 69 });
  });

  it.each(["influxql", "flux"] as const)("throws SOURCE_MALFORMED for bytes that are not what their type says: %s", async (dialect) => {
    await using double = await startDouble(
      scripted(dialect, (socket) => socket.write(reply("200 OK", BODIES[dialect].type, "<html>\r\n\r\n"))),
    );
    await using client = await openClient({ url: double.url, org: "o" });
    await expect(readPoints(client, QUERY, HOUR)).rejects.toMatchObject({ code: "SOURCE_MALFORMED", exit: 65 });
  });

  it("tells of rights where a bucket is not found", async () => {
    const gone = reply("404 Not Found", "application/json", '{"code":"not found","message":"could not find bucket \\"b\\""}');
    await using double = await startDouble((socket, asked) => {
      if (asked.url.pathname === "/query")
        socket.write(reply("200 OK", "application/json", '{"results":[{"error":"database not found: b"}]}'));
      else socket.write(asked.url.pathname === "/ping" ? reply("204 No Content", "text/plain", "") : gone);
    });
    await using client = await openClient({ url: double.url });
    await expect(readPoints(client, QUERY, HOUR)).rejects.toMatchObject({
      code: "SOURCE_NOT_FOUND",
      exit: 78,
      hint: expect.stringContaining("rights"),
    });
  });

  it("runs a Flux query window by window, takes its columns as they are, and leaves out what lies outside of each", async () => {
    await using double = await startDouble(scripted("flux", (socket) => socket.write(whole.flux)));
    await using client = await openClient({ url: double.url });
    const text = 'from(bucket: "b") |> range(start: $window_start, stop: $window_end)';
    const read = await readPoints(client, { kind: "flux", bucket: "b", text }, hour("2026-01-01T10:00:00Z", 2));
    expect(read).toMatchObject({ columns: ["time", "time_ns", "_value", "_field", "k"], counted: null });
    expect(read.rows).toHaveLength(ROWS);
    expect(read.warnings).toEqual([`ROWS_OUTSIDE ${ROWS} rows of the query lie outside their window and are left out`]);
    const asked = double.asked.flatMap(({ body }) => /range[^)]*/.exec(body) ?? []);
    expect(asked).toEqual([
      "range(start: 2026-01-01T10:00:00Z, stop: 2026-01-01T11:00:00Z",
      "range(start: 2026-01-01T11:00:00Z, stop: 2026-01-01T12:00:00Z",
    ]);
  });

  it("refuses a workflow a query that asks for its window", async () => {
    await using client = await openClient({ url: "http://127.0.0.1:1" });
    await expect(readPoints(client, { kind: "flux", bucket: "b", text: "$window_start" }, null)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  });

  it("reads a bucket by Flux where its name is mapped to another bucket for InfluxQL", async () => {
    const way = async (mapping: object) => {
      const answer = scripted("influxql", (socket) => socket.write(whole.influxql));
      await using double = await startDouble((socket, asked) => {
        const json = (value: unknown) => socket.write(reply("200 OK", "application/json", JSON.stringify(value)));
        if (asked.url.pathname === "/api/v2/dbrps") json({ content: [mapping] });
        else if (asked.url.searchParams.get("name") === "b") json({ buckets: [{ id: "1", name: "b" }] });
        else answer(socket, asked);
      });
      await using client = await openClient({ url: double.url, org: "o" });
      return (await client.explain(QUERY, HOUR, new AbortController().signal)).split(":")[0];
    };
    const mapping = { database: "b", retention_policy: "rp", default: true, bucketID: "2" };
    expect(await way(mapping)).toBe(`Flux on InfluxDB 2.9.1, for InfluxQL's "b" is another bucket`);
    for (const other of [{ bucketID: "1" }, { default: false }, { virtual: true }, { database: "c" }])
      expect(await way({ ...mapping, ...other })).toBe("InfluxQL on InfluxDB 2.9.1");
  });

  it.each([
    ["400 Bad Request", 'failed to decode request body: organization name "o" not found'],
    ["400 Bad Request", "failed to decode request body: Please provide either orgID or org"],
    ["404 Not Found", 'organization name "o" not found'],
  ])("takes %s about the organisation for a mistake in the configuration: %s", async (status, message) => {
    const refusal = reply(status, "application/json; charset=utf-8", JSON.stringify({ code: "invalid", message }));
    await using double = await startDouble(scripted("flux", (socket) => socket.write(refusal)));
    await using client = await openClient({ url: double.url, org: "o" });
    await expect(readPoints(client, QUERY, HOUR)).rejects.toMatchObject({
      code: "SOURCE_NOT_FOUND",
      message: expect.stringContaining(message),
      hint: expect.stringContaining("Check org of the connection"),
    });
  });

  it("takes a user and password on InfluxDB 2, which open InfluxQL alone", async () => {
    const databases = { results: [{ statement_id: 0, series: [{ name: "databases", columns: ["name"], values: [["b"]] }] }] };
    const policies = {
      results: [{ statement_id: 0, series: [{ columns: ["name", "duration", "default"], values: [["autogen", "0s", true]] }] }],
    };
    await using double = await startDouble((socket, { url, headers }) => {
      const json = (status: string, value: unknown) => socket.write(reply(status, "application/json", JSON.stringify(value)));
      const known = headers.authorization === `Basic ${Buffer.from("u:p").toString("base64")}`;
      if (url.pathname === "/ping") socket.write(reply("204 No Content", "text/plain", ""));
      else if (url.pathname !== "/query" || !known) json("401 Unauthorized", { code: "unauthorized", message: "unauthorized access" });
      else if (url.searchParams.get("db") === "c") json("200 OK", { results: [{ statement_id: 0, error: "database not found: c" }] });
      else json("200 OK", url.searchParams.get("q") === "SHOW DATABASES" ? databases : policies);
    });
    const { signal } = new AbortController();
    await using client = await openClient({ url: double.url, org: "o", username: "u", password: "p" });
    expect((await client.probe(signal)).version).toBe("2.9.1");
    const buckets = [{ name: "b", retention: null }];
    expect(await client.browse({ bucket: null, measurement: null }, signal)).toEqual({ level: "buckets", buckets });
    const missing = { code: "SOURCE_NOT_FOUND", message: expect.stringContaining("database not found: c") };
    await expect(readPoints(client, points({ bucket: "c" }), HOUR)).rejects.toMatchObject(missing);
    await expect(client.browse({ bucket: "c", measurement: null }, signal)).rejects.toMatchObject(missing);
    await using stranger = await openClient({ url: double.url, org: "o", username: "u", password: "q" });
    await expect(stranger.probe(signal)).rejects.toMatchObject({ code: "CREDENTIALS_REFUSED" });
  });
});
