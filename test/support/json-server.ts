import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface AskedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface JsonServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: AskedRequest[];
  /** What it answers from now on. */
  answer(reply: (request: AskedRequest, response: ServerResponse) => unknown): void;
}

/** A real server on loopback. What `answer` gives back is sent as JSON, unless the response was ended already. */
export async function openJsonServer(): Promise<JsonServer> {
  const asked: AskedRequest[] = [];
  let reply: Parameters<JsonServer["answer"]>[0] = () => [];
  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const part of incoming) body += part;
    const request = { method: incoming.method ?? "", url: incoming.url ?? "", headers: incoming.headers, body };
    asked.push(request);
    const content = await reply(request, response);
    if (response.writableEnded || response.destroyed || content === undefined) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(content));
  };
  const server = createServer((incoming, response) => void handle(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: (next) => {
      reply = next;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
