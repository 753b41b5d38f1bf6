import http, { type ClientRequest } from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { KpiError } from "../core/errors.js";
import type { HttpProxy } from "./find-proxy.js";

type Done = (error: Error | null, socket: Duplex) => void;

/** What stands for the socket where there is an error. */
const NO_SOCKET = undefined as never;

/** Speaks TLS through a proxy: each connection is a tunnel that the proxy opens, and the TLS in it is between us and the server. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: HttpProxy;
  /** Tunnels that the proxy was asked for and has not opened yet. */
  readonly #asked = new Set<ClientRequest>();

  constructor(proxy: HttpProxy, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: http.ClientRequestArgs & tls.ConnectionOptions, done: Done = () => undefined): undefined {
    const fail = (error: KpiError) => done(error, NO_SOCKET);
    const request = this.#ask(String(options.host), String(options.port));
    this.#asked.add(request);
    request.once("connect", (response, socket) => {
      if (response.statusCode === 200) return done(null, tls.connect({ ...options, socket }));
      socket.destroy();
      fail(this.#refused(response.statusCode ?? 0));
    });
    request.once("error", (thrown) => fail(this.#broken(thrown)));
    request.once("close", () => this.#asked.delete(request));
    request.end();
  }

  override destroy(): void {
    for (const request of this.#asked) request.destroy();
    super.destroy();
  }

  #ask(host: string, port: string): ClientRequest {
    const { url, authorization } = this.#proxy;
    const target = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    return (url.protocol === "https:" ? https : http).request(url, {
      method: "CONNECT",
      path: target,
      agent: false,
      headers: { host: target, ...(authorization === null ? {} : { "proxy-authorization": authorization }) },
    });
  }

  #refused(status: number): KpiError {
    const state = `Cannot pass the proxy "${this.#proxy.url.origin}": it answers ${status}`;
    if (status === 407)
      return new KpiError("CREDENTIALS_REFUSED", state, { hint: "Write them into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT" });
    return new KpiError("SOURCE_UNREACHABLE", state, {
      hint: "List in NO_PROXY what is to be reached without the proxy",
      retryable: status >= 500,
    });
  }

  #broken(thrown: NodeJS.ErrnoException): KpiError {
    return new KpiError("SOURCE_UNREACHABLE", `Cannot reach the proxy "${this.#proxy.url.origin}": ${thrown.code ?? thrown.message}`, {
      cause: thrown,
      hint: "Check HTTPS_PROXY, or list in NO_PROXY what is to be reached without it",
    });
  }
}
