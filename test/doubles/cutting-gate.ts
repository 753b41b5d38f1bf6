import http from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A way to a server on which a reply can be made to break off. */
export interface CuttingGate extends AsyncDisposable {
  readonly url: string;
  /** How many replies have been cut. */
  readonly cuts: number;
  /** The next reply to a request that has this text in its address or body ends in the middle, and the connection with it. */
  cut(text: string): void;
}

/** Opens a gate before a server. */
export async function openCuttingGate(server: string): Promise<CuttingGate> {
  let trap: string | null = null;
  let cuts = 0;

  function isTrapped({ url = "" }: http.IncomingMessage, body: Buffer): boolean {
    const found = trap !== null && `${decodeURIComponent(url.replaceAll("+", " "))} ${body}`.includes(trap);
    if (found) trap = null;
    return found;
  }

  async function pass(asked: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
    const body = await buffer(asked);
    const isCut = isTrapped(asked, body);
    const { "transfer-encoding": _, ...headers } = asked.headers;
    const reply = await send(new URL(`${server}${asked.url}`), { method: asked.method, headers, agent: false }, body);
    answer.writeHead(reply.statusCode ?? 0, reply.headers);
    if (!isCut) return void reply.pipe(answer);
    const whole = await buffer(reply);
    cuts++;
    answer.write(whole.subarray(0, whole.length / 2), () => answer.destroy());
  }

  const gate = http.createServer((asked, answer) => void pass(asked, answer).catch(() => answer.destroy()));
  await new Promise<void>((resolve) => gate.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    cut: (text) => {
      trap = text;
    },
    [Symbol.asyncDispose]: async () => {
      gate.closeAllConnections();
      await new Promise((resolve) => gate.close(resolve));
    },
  };
}

function send(url: URL, options: http.RequestOptions, body: Buffer): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    http.request(url, options, resolve).on("error", reject).end(body);
  });
}
