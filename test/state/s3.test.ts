import { describe, expect, it } from "vitest";
import { openJsonServer } from "../support/json-server.js";
import { holdToPromises } from "./support/hold-to-promises.js";
import { openServerStore } from "./support/server-stores.js";

const STATE = { last_processed_hour: null, first_hour: null };

holdToPromises("s3", (server) => {
  it("says when the key is refused, and does not repeat it", async () => {
    await using store = await openServerStore("s3", { ...(await server().place()), secret_access_key: "wrong-s3cret" });
    await expect(store.read("p")).rejects.toMatchObject({
      code: "CREDENTIALS_REFUSED",
      message: expect.stringMatching(/^Cannot use "s3:\/\/plant-7\/kpi\/\w+\/p.json": the server answers 403 \(SignatureDoesNotMatch\)$/),
    });
  });

  it("says when the bucket is not there", async () => {
    await using store = await openServerStore("s3", { ...(await server().place()), bucket: "elsewhere" });
    await expect(store.read("p")).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND", message: expect.stringContaining("NoSuchBucket") });
    await expect(store.write("p", STATE, null, "a")).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
  });
});

describe("an S3 that answers otherwise", () => {
  const place = (url: string) => ({ bucket: "kpi", endpoint: url, access_key_id: "a", secret_access_key: "b", region: "auto" });

  it("is read again while it is busy, and written to when what stands there is as before", async () => {
    await using server = await openJsonServer();
    const busy = ["GET", "PUT"];
    let stored = "";
    server.answer(({ method, body }, response) => {
      if (busy.includes(method)) {
        busy.splice(busy.indexOf(method), 1);
        response.writeHead(503).end();
      } else if (method === "PUT") {
        stored = body;
        response.writeHead(200, { etag: '"1"' }).end();
      } else if (stored === "") response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
      else response.writeHead(200, { etag: '"1"', "last-modified": new Date().toUTCString() }).end(stored);
    });
    await using store = await openServerStore("s3", place(server.url));
    expect(await store.write("p", STATE, null, "a")).toBe('"1"');
    expect(server.asked.filter(({ method }) => method === "PUT")).toHaveLength(2);
    expect(server.asked.find(({ method }) => method === "PUT")?.headers["if-none-match"]).toBe("*");
  });

  it("is looked at where another write was under way", async () => {
    await using server = await openJsonServer();
    server.answer(({ method }, response) => {
      if (method === "PUT") response.writeHead(409).end("<Error><Code>ConditionalRequestConflict</Code></Error>");
      else response.writeHead(200, { etag: '"other"', "last-modified": new Date().toUTCString() }).end('{"removed":"1"}');
    });
    await using store = await openServerStore("s3", place(server.url));
    await expect(store.write("p", STATE, '"mine"', "a")).rejects.toMatchObject({ code: "STATE_CONFLICT" });
  });

  it("does not count as one where it knows no conditional writes, or nothing of S3", async () => {
    await using server = await openJsonServer();
    server.answer((_, response) => void response.writeHead(400).end("<html>"));
    await using store = await openServerStore("s3", place(server.url));
    await expect(store.write("p", STATE, '"1"', "a")).rejects.toMatchObject({ code: "SOURCE_UNEXPECTED" });
  });

  it("is told apart by what it holds: a state changed by hand is refused", async () => {
    await using server = await openJsonServer();
    server.answer((_, response) => void response.writeHead(200, { etag: '"1"' }).end('{"value":{"last_processed_hour":null}}'));
    await using store = await openServerStore("s3", place(server.url));
    await expect(store.read("p")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("s3://kpi/kpi/p.json"),
    });
  });
});
