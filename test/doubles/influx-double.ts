import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";

/** What a double was asked. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
}

/** Answers on the socket itself, so that it can be as broken as it likes. */
export type Answer = (socket: Socket, asked: Asked) => void;

/** A server that answers each request as a script says. */
export interface Double extends AsyncDisposable {
  readonly url: string;
  readonly asked: Asked[];
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}

/** Starts a double. `answer` is called for every request, in order of arrival. */
export async function startDouble(answer: Answer): Promise<Double & AsyncDisposable> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const given: Asked = { method, url: new URL(url, "http://double"), headers, body: Buffer.concat(pieces).toString() };
      asked.push(given);
      answer(request.socket, given);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  const url = await listen(server);
  return {
    url,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A reply's head, with the headers that every InfluxDB sends. */
export function head(status: string, headers: Readonly<Record<string, string | number>> = {}, version = "v2.9.1"): string {
  const lines = Object.entries({ "X-Influxdb-Version": version, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status}`, ...lines, "", ""].join("\r\n");
}

/** A whole reply with its length. */
export function reply(
  status: string,
  type: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string | number>> = {},
): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(head(status, { "Content-Type": type, "Content-Length": bytes.length, ...headers })), bytes]);
}

/** A body in one chunk of the chunked framing, without the last. */
export function chunk(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  return bytes.length === 0 ? bytes : Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

/** What ends the chunked framing. */
export const LAST_CHUNK = Buffer.from("0\r\n\r\n");
