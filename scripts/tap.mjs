// A listener on the wire between kpi and a server: it passes every byte on and keeps a copy.
import net from "node:net";
import tls from "node:tls";

const CLOSED = JSON.stringify({ results: [{ statement_id: 0, error: "database not found: closed for recording" }] });
const REFUSAL = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${CLOSED.length}\r\n\r\n${CLOSED}`;

/**
 * @param {{ server: string, token: string, fluxOnly: boolean }} options `fluxOnly` answers InfluxQL here, as closed, and keeps no copy of that
 * @returns {Promise<{ url: string, exchanges(): { request: Buffer, reply: Buffer }[], close(): Promise<void> }>} in order of asking; the token is masked
 */
export async function openTap({ server, token, fluxOnly }) {
  const { protocol, hostname, port, pathname } = new URL(server);
  const secure = protocol === "https:";
  const open = () =>
    secure ? tls.connect({ host: hostname, port: port || 443, servername: hostname }) : net.connect(port || 80, hostname);
  const kept = [];
  const sockets = new Set();
  const listener = net.createServer((client) => {
    const upstream = open();
    let current = null;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.on("data", (bytes) => {
      const starts = current === null || current.reply.length > 0;
      if (starts && fluxOnly && /^\S+ \S*\/query\?/.test(bytes.toString("latin1", 0, 200)) && !bytes.includes("/api/v2/query")) {
        client.write(REFUSAL);
        return;
      }
      if (starts) {
        current = { request: [], reply: [] };
        kept.push(current);
      }
      current.request.push(bytes);
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      current?.reply.push(bytes);
      client.write(bytes);
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise((listening) => listener.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${listener.address().port}${pathname.replace(/\/$/, "")}`,
    exchanges: () => kept.map(({ request, reply }) => ({ request: masked(Buffer.concat(request), token), reply: Buffer.concat(reply) })),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => listener.close(closed));
    },
  };
}

/** The request with another token in place of the real one. */
function masked(request, token) {
  if (token === "") return request;
  return Buffer.from(request.toString("latin1").replaceAll(token, "test-token"), "latin1");
}
