import http from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A proxy that knows one name: whatever host is asked for, it leads to one address of this machine. */
export interface ProxyDouble extends AsyncDisposable {
  readonly url: string;
  /** What it was asked for: `CONNECT influx.test:443`, `GET http://influx.test/ping`. */
  readonly asked: string[];
  /** The `Proxy-Authorization` that came with each. */
  readonly credentials: (string | undefined)[];
  /** Answers tunnels with this status from now on; null = opens them. */
  refuse(status: number | null): void;
}

/** Starts a proxy to a port of this machine. */
export async function startProxy(port: number): Promise<ProxyDouble> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  let refusal: number | null = null;
  const note = ({ method, url, headers }: http.IncomingMessage) => {
    asked.push(`${method} ${url}`);
    credentials.push(headers["proxy-authorization"]);
  };
  const server = http.createServer((request, response) => {
    note(request);
    if (refusal !== null) return void response.writeHead(refusal).end();
    const { pathname, search } = new URL(request.url ?? "");
    const onward = http.request({ port, method: request.method, path: pathname + search, headers: request.headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 0, reply.headers);
      reply.pipe(response);
    });
    request.pipe(onward);
  });
  server.on("connect", (request, client: Socket, first: Buffer) => {
    note(request);
    if (refusal !== null) return void client.end(`HTTP/1.1 ${refusal} Refused\r\nContent-Length: 0\r\n\r\n`);
    const onward = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.write(first);
      client.pipe(onward).pipe(client);
    });
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    credentials,
    refuse: (status) => {
      refusal = status;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
