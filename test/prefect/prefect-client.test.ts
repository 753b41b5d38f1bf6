import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { PrefectClient } from "../../src/prefect/prefect-client.js";

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A client of a server that gives these answers in turn, and what it was asked. */
async function clientOf(...answers: Answer[]) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    const { status, body = "{}", headers = {} } = answers[asked.length - 1] ?? { status: 500 };
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
  return { client: new PrefectClient({ url, authorization: "Bearer the-key" }), asked };
}

const ask = { method: "POST", path: "/variables/", body: { value: "the-secret" } } as const;

describe("a client of Prefect", () => {
  it("asks again where the server was busy", async () => {
    const { client, asked } = await clientOf(
      { status: 503 },
      { status: 429, headers: { "retry-after": "0.1" } },
      { status: 201, body: "[1]" },
    );
    expect(await client.ask(ask)).toMatchObject({ status: 201, body: [1] });
    expect(asked.map(({ url }) => url)).toEqual(Array(3).fill("/api/variables/"));
  });

  it("gives up at once on a server that asks to be left alone for long", async () => {
    const { client, asked } = await clientOf({ status: 429, headers: { "retry-after": "60" } });
    await expect(client.ask(ask)).rejects.toMatchObject({ code: "SOURCE_BUSY" });
    expect(asked.length).toBe(1);
  });

  it("names itself, but not as a Python client", async () => {
    const { client, asked } = await clientOf({ status: 200 });
    await client.ask(ask);
    expect(asked[0]?.headers).toMatchObject({ authorization: "Bearer the-key", "user-agent": "kpi", "x-prefect-api-version": "0.8.4" });
  });

  it.each([
    [{ status: 401, body: '{"exception_message":"Unauthorized"}' }, "CREDENTIALS_REFUSED"],
    [{ status: 403 }, "CREDENTIALS_REFUSED"],
    [{ status: 302, headers: { location: "https://login.example.org" } }, "SOURCE_UNEXPECTED"],
    [{ status: 200, body: "<html>", headers: { "content-type": "text/html" } }, "SOURCE_UNEXPECTED"],
    [{ status: 422, body: '{"request_body":{"value":"the-secret"}}' }, "SOURCE_REFUSED"],
    [{ status: 500 }, "SOURCE_REFUSED"],
  ])("answers %o with %s, and repeats nothing that was sent", async (answer: Answer, code) => {
    const { client } = await clientOf(answer);
    const thrown = await client.ask(ask).catch((error) => error);
    expect(thrown.code).toBe(code);
    expect(`${thrown.message} ${thrown.hint}`).not.toMatch(/the-secret|the-key/);
  });

  it("tells what Prefect does not find from an address at which there is no Prefect", async () => {
    const missing = { ...ask, answers: [404] };
    const { client } = await clientOf(
      { status: 404, body: '{"detail":"Variable not found"}' },
      { status: 404, body: '{"detail":"Not Found"}' },
    );
    expect((await client.ask(missing)).status).toBe(404);
    await expect(client.ask(missing)).rejects.toMatchObject({ code: "SOURCE_UNEXPECTED" });
  });
});
