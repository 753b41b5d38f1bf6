import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

const CLOSED = JSON.stringify({ results: [{ statement_id: 0, error: "database not found: closed for this test" }] });

/** A way to a server that leaves only Flux open: InfluxQL is answered as by a bucket that no database stands for. */
export async function openFluxOnly(server: string): Promise<AsyncDisposable & { readonly url: string }> {
  const base = new URL(server);
  const { request } = base.protocol === "https:" ? https : http;
  const gate = http.createServer((asked, answer) => {
    if (asked.url?.startsWith("/query")) {
      answer.writeHead(200, { "content-type": "application/json", "content-length": CLOSED.length }).end(CLOSED);
      return;
    }
    const headers = { ...asked.headers, host: base.host };
    const onward = request(new URL(`${server}${asked.url}`), { method: asked.method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 0, reply.headers);
      reply.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => gate.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      gate.closeAllConnections();
      await new Promise((resolve) => gate.close(resolve));
    },
  };
}
