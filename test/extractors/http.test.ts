import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toSpan, type Window } from "../../src/core/window.js";
import http from "../../src/extractors/http.js";
import httpConnection from "../../src/http/http-connection.js";
import { extractorContract } from "../contracts/extractor.js";
import { type JsonServer, openJsonServer } from "../support/json-server.js";
import { type Conditions, hours, openStepHarness, type StepHarness } from "../support/step-harness.js";
import { TEST_SECRETS } from "../support/test-secrets.js";

let harness: StepHarness;
let server: JsonServer;
beforeEach(async () => {
  [harness, server] = await Promise.all([openStepHarness(), openJsonServer()]);
});
afterEach(() => Promise.all([harness[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]));

const SECRET = TEST_SECRETS.web;
const span = toSpan(hours("2026-01-01T10:00:00Z", 2));

async function ask(settings: Record<string, unknown>, conditions: Conditions = {}, connection: Record<string, unknown> = {}) {
  const parsed = httpConnection.config.parse({ url: `${server.url}/api`, token: SECRET, ...connection });
  await using client = await httpConnection.open(parsed, { name: "plant", project: harness.project, cache: harness.scratch });
  return await harness.extract(
    http,
    { columns: { id: "VARCHAR" }, request_retries: 0, ...settings },
    { connection: client, ...conditions },
  );
}

describe("http", () => {
  const [empty] = hours("2026-01-02T10:00:00Z", 1);
  const source = async ({ project, scratch }: StepHarness) => {
    const own = await openJsonServer();
    own.answer(({ url }, response) => {
      if (url.startsWith("/broken")) return void response.writeHead(500).end();
      return [{ at: "2026-01-01T10:05:00Z" }, { at: "2026-01-01T11:05:00Z" }];
    });
    const connection = await httpConnection.open(httpConnection.config.parse({ url: own.url }), { name: "plant", project, cache: scratch });
    return { connection, close: () => Promise.all([connection[Symbol.asyncDispose](), own[Symbol.asyncDispose]()]) };
  };
  const columns = { at: "TIMESTAMPTZ" };
  const broken = { path: "/broken", columns, request_retries: 0 };
  const subject = { node: http, windows: span.windows, empty: empty as Window, broken, prepare: source };
  const windowed = { query: { from: "$window_start" }, columns, time: "at" };
  it.each(Object.entries(extractorContract))("by window %s", (_, check) => check({ ...subject, settings: windowed, rows: 2 }));
  it.each(Object.entries(extractorContract))("as of now %s", (_, check) => check({ ...subject, settings: { columns }, rows: 2 }));

  it("reads rows from where they stand in the reply, as the types that are asked for", async () => {
    const columns = {
      id: "VARCHAR",
      n: "BIGINT",
      limit: { path: "alarm.limit[0]", type: "DOUBLE" },
      "odd.key": "BOOLEAN",
      at: "TIMESTAMP",
      rest: "JSON",
      none: "DATE",
    };
    server.answer((_, response) => {
      response
        .setHeader("content-type", "application/json")
        .end(
          '{"data":[{"items":[{"id":"a","n":9007199254740993,"alarm":{"limit":[1.5]},"odd.key":true,"at":"2026-01-01T10:00:00+02:00","rest":{"x":1}},{"id":"b","n":null}]}]}',
        );
    });
    const { rows } = await ask({ rows: "data[0].items", columns });
    expect(rows).toEqual([
      { id: "a", n: 9007199254740993n, limit: 1.5, "odd.key": true, at: "2026-01-01T08:00:00Z", rest: '{"x":1}', none: null },
      { id: "b", n: null, limit: null, "odd.key": null, at: null, rest: null, none: null },
    ]);
  });

  it("asks below the connection's address, with its credentials", async () => {
    await ask({ path: "/sensors", query: { kind: "co & no", n: 2 }, headers: { "x-own": "1" } });
    expect(server.asked).toMatchObject([
      { method: "GET", url: "/api/sensors?kind=co+%26+no&n=2", headers: { authorization: `Bearer ${SECRET}`, "x-own": "1" } },
    ]);
    await ask({ method: "POST", body: { q: [1, "x"] } }, {}, { token: "", username: "ana", password: "ñ" });
    expect(server.asked[1]).toMatchObject({
      method: "POST",
      body: '{"q":[1,"x"]}',
      headers: { authorization: `Basic ${Buffer.from("ana:ñ").toString("base64")}` },
    });
  });

  it("asks for each window by itself where path, query or body say $window_start", async () => {
    server.answer(({ url }) => [{ id: new URL(url, server.url).searchParams.get("from") }]);
    const { rows, extraction } = await ask({ query: { from: "$window_start", to: "$window_end" } }, { span });
    expect(extraction.time).toBe("time");
    expect(rows).toEqual([
      { id: "2026-01-01T10:00:00Z", time: "2026-01-01T10:00:00Z", window_start: "2026-01-01T10:00:00Z" },
      { id: "2026-01-01T11:00:00Z", time: "2026-01-01T11:00:00Z", window_start: "2026-01-01T11:00:00Z" },
    ]);
    await ask({ method: "POST", body: { range: ["$window_start", "$window_end"] } }, { span: toSpan(span.windows.slice(0, 1)) });
    expect(server.asked[2]?.body).toBe('{"range":["2026-01-01T10:00:00Z","2026-01-01T11:00:00Z"]}');
  });

  it("takes each row once where a server answers with more than the window", async () => {
    server.answer(() => [{ at: 1767261600 }, { at: 1767265200.5 }, { at: 1767268800 }]);
    const settings = { query: { from: "$window_start" }, columns: { at: "DOUBLE" }, time: "at", epoch: "s" };
    expect((await ask(settings, { span })).rows).toEqual([
      { at: "2026-01-01T10:00:00Z", window_start: "2026-01-01T10:00:00Z" },
      { at: "2026-01-01T11:00:00.5Z", window_start: "2026-01-01T11:00:00Z" },
    ]);
  });

  it("knows whether it can answer for the past", () => {
    const time = (settings: object) => http.time(http.config.parse({ columns: { id: "VARCHAR" }, ...settings }));
    expect(time({})).toBe("now");
    expect(time({ path: "/$window_start" })).toBe("window");
    expect(time({ time: "id" })).toBe("window");
  });

  it("takes an empty list, no content and a packed reply", async () => {
    server.answer(() => []);
    expect((await ask({})).rows).toEqual([]);
    server.answer((_, response) => void response.writeHead(204).end());
    expect((await ask({})).rows).toEqual([]);
    server.answer((_, response) => void response.setHeader("content-encoding", "gzip").end(gzipSync('[{"id":"a"}]')));
    expect((await ask({})).rows).toEqual([{ id: "a" }]);
  });

  it("tries again when the server is busy, and heeds Retry-After", async () => {
    server.answer((_, response) => {
      if (server.asked.length > 2) return [{ id: "a" }];
      response.writeHead(server.asked.length === 1 ? 429 : 500, { "retry-after": "0" }).end();
      return undefined;
    });
    expect((await ask({ request_retries: 2 })).rows).toEqual([{ id: "a" }]);
    server.answer((_, response) => void response.writeHead(503, { "retry-after": "3600" }).end());
    await expect(ask({ request_retries: 5 })).rejects.toMatchObject({ code: "SOURCE_BUSY", retryable: true });
    expect(server.asked).toHaveLength(4);
  });

  it("shows the request it would send", async () => {
    await using client = await httpConnection.open(httpConnection.config.parse({ url: server.url }), {
      name: "plant",
      project: "/",
      cache: "/",
    });
    const settings = http.config.parse({ path: "/x", query: { from: "$window_start" }, columns: { id: "VARCHAR" } });
    const signal = new AbortController().signal;
    expect(await http.explain?.(settings, { span, connection: client, signal })).toBe(`GET ${server.url}/x?from=2026-01-01T10%3A00%3A00Z`);
    expect(server.asked).toEqual([]);
  });
});

describe("http, when the reply is none", () => {
  it.each([
    ["a redirect", 302, { location: "https://login.example.org/?token=x" }, "", "SOURCE_UNEXPECTED"],
    ["a login page", 200, { "content-type": "text/html; charset=utf-8" }, "<html>", "SOURCE_UNEXPECTED"],
    ["a refusal", 401, {}, "", "CREDENTIALS_REFUSED"],
    ["a refusal as a page", 403, { "content-type": "text/html" }, "<html>", "CREDENTIALS_REFUSED"],
    ["nothing there", 404, {}, "", "SOURCE_NOT_FOUND"],
    ["a bad request", 400, {}, "no such field", "SOURCE_REFUSED"],
    ["a failure", 500, {}, "oops", "SOURCE_REFUSED"],
    ["busy", 503, {}, "", "SOURCE_BUSY"],
    ["no JSON", 200, {}, '[{"id":', "SOURCE_MALFORMED"],
    ["rows elsewhere", 200, {}, '{"error":"no rights"}', "SOURCE_MALFORMED"],
    ["a value", 200, {}, "12", "SOURCE_MALFORMED"],
    ["broken gzip", 200, { "content-encoding": "gzip" }, gzipSync("[]".repeat(99)).subarray(0, 20), "SOURCE_TRUNCATED"],
  ])("tells of %s", async (_, status, headers, body, code) => {
    server.answer((__, response) => void response.writeHead(status, headers).end(body));
    const error = await ask({ query: { key: SECRET } }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code });
    expect(`${error.message} ${error.hint}`).not.toContain(SECRET);
    expect(error.message).not.toContain("token=x");
  });

  it("tells of a value that its column cannot hold, and of rows that are not where they should be", async () => {
    server.answer(() => [{ id: "many" }]);
    await expect(ask({ columns: { id: "BIGINT" } })).rejects.toMatchObject({
      code: "SOURCE_MALFORMED",
      message: expect.stringContaining("many"),
    });
    await expect(ask({ rows: "data.items" })).rejects.toMatchObject({ message: expect.stringContaining('"data.items"') });
  });

  it("tells of a server that breaks off, is silent, is not there, or says too much", async () => {
    server.answer((_, response) => {
      response.writeHead(200, { "content-length": 100 }).write("[");
      setTimeout(() => response.destroy(), 20);
    });
    await expect(ask({})).rejects.toMatchObject({ code: "SOURCE_UNREACHABLE" });
    server.answer(() => new Promise(() => undefined));
    await expect(ask({ request_timeout: "100ms" })).rejects.toMatchObject({ code: "SOURCE_TIMEOUT" });
    await expect(ask({}, {}, { url: "http://127.0.0.1:1" })).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    server.answer(() => [{ id: "x".repeat(2000) }]);
    await expect(ask({ max_bytes: 1000 })).rejects.toMatchObject({
      code: "SOURCE_MALFORMED",
      message: expect.stringContaining("more than 1000 bytes"),
    });
    server.answer((_, response) => void response.setHeader("content-encoding", "gzip").end(gzipSync("[]".repeat(5000))));
    await expect(ask({ max_bytes: 1000 })).rejects.toMatchObject({ code: "SOURCE_MALFORMED" });
  });

  it("stops when the run is stopped", async () => {
    const controller = new AbortController();
    server.answer(() => controller.abort(new Error("stopped")));
    await expect(ask({}, { signal: controller.signal })).rejects.toThrow("stopped");
  });

  it.each(["http://169.254.169.254", "http://[::ffff:169.254.169.254]", "http://0xa9fea9fe/x", "http://2852039166", "http://[fe80::1]"])(
    "does not call an address of machines' own credentials: %s",
    async (url) => {
      await expect(ask({}, {}, { url })).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringContaining("own credentials"),
      });
    },
  );

  it("does not leave the connection's address", async () => {
    await expect(ask({ path: "/../admin" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(ask({ path: "/%2e%2e/admin" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(http.config.safeParse({ path: "//evil.example.org", columns: { id: "VARCHAR" } }).success).toBe(false);
    expect(server.asked).toEqual([]);
  });

  it("has no window to fill in in a workflow", async () => {
    await expect(ask({ path: "/$window_start" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
