import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A reply on its way. */
export interface PassingReply {
  /** How many replies came before it since `change` was last called. */
  readonly number: number;
  /** The request's address and body. */
  readonly request: string;
  readonly body: Buffer;
}

/** A way to a server on which replies can be changed. */
export interface ReplyGate extends AsyncDisposable {
  readonly url: string;
  /** How replies are changed from now on. Each is framed well, whatever became of it, unless the connection is to be lost behind it. */
  change(how: (reply: PassingReply) => { readonly body: Buffer; readonly lost?: boolean }): void;
  /** How many replies have come since `change` was last called. */
  readonly replies: number;
}

/** Opens a gate before a server, through which all passes as it is; one with a certificate speaks TLS. */
export async function openReplyGate(server: string, certificate?: { readonly key: string; readonly cert: string }): Promise<ReplyGate> {
  let how: Parameters<ReplyGate["change"]>[0] = ({ body }) => ({ body });
  let replies = 0;

  async function pass(asked: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
    const { method, url = "", headers } = asked;
    const sent = await buffer(asked);
    const { "transfer-encoding": _, ...given } = headers;
    const reply = await send(new URL(`${server}${url}`), { method, headers: given, agent: false }, sent);
    const { "transfer-encoding": __, "content-length": ___, ...kept } = reply.headers;
    const request = `${decodeURIComponent(url.replaceAll("+", " "))} ${sent}`;
    const { body, lost = false } = how({ number: replies++, request, body: await buffer(reply) });
    answer.writeHead(reply.statusCode ?? 0, kept);
    if (lost) answer.write(body, () => answer.destroy());
    else answer.end(body);
  }

  const listen: http.RequestListener = (asked, answer) => void pass(asked, answer).catch(() => answer.destroy());
  const gate = certificate === undefined ? http.createServer(listen) : https.createServer(certificate, listen);
  await new Promise<void>((resolve) => gate.listen(0, "127.0.0.1", resolve));
  return {
    url: `${certificate === undefined ? "http" : "https"}://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    get replies() {
      return replies;
    },
    change: (next) => {
      how = next;
      replies = 0;
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
