import { describe, expect, it } from "vitest";
import httpConnection from "../../src/http/http-connection.js";
import { openJsonServer } from "../support/json-server.js";

const context = { name: "plant", project: "/", cache: "/" };

describe("a connection to a server that answers in JSON", () => {
  it("finds out whether somebody answers and takes the credentials", async () => {
    await using server = await openJsonServer();
    await using client = await httpConnection.open(httpConnection.config.parse({ url: server.url }), context);
    const { signal } = new AbortController();
    server.answer((_, response) => void response.writeHead(404, { server: "plant/2" }).end());
    expect(await httpConnection.probe(client, signal)).toMatchObject({
      version: "plant/2",
      detail: expect.stringMatching(/^answers 404 at http/),
      clock: expect.any(Number),
    });
    server.answer((_, response) => void response.writeHead(401).end());
    await expect(httpConnection.probe(client, signal)).rejects.toMatchObject({ code: "CREDENTIALS_REFUSED" });
    server.answer((_, response) => void response.writeHead(502).end());
    await expect(httpConnection.probe(client, signal)).rejects.toMatchObject({ code: "SOURCE_BUSY", retryable: true });
  });

  it.each([
    { url: "ftp://x" },
    { url: "http://ana:secret@x" },
    { url: "http://x?key=1" },
    { url: "http://x", token: "a", username: "b" },
    { url: "http://x", headers: { "x-a": "1\r\nx-b: 2" } },
    { url: "http://x", headers: { "x a": "1" } },
  ])("refuses %j", (settings) => {
    expect(httpConnection.config.safeParse(settings).success).toBe(false);
  });

  it("has examples that are valid", () => {
    for (const example of httpConnection.examples) expect(httpConnection.config.safeParse(example).error).toBeUndefined();
  });
});
