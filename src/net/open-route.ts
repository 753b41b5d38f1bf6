import http, { type ClientRequest, type RequestOptions } from "node:http";
import https from "node:https";
import type { Proxies } from "../core/connection.js";
import { findProxy, type HttpProxy } from "./find-proxy.js";
import { readAuthority } from "./read-authority.js";

/** How many requests of one connection are under way at a time; the others wait. */
const MOST = 4;
const KEPT = { keepAlive: true, maxSockets: MOST };

/** The way to a server: directly or through a proxy, a bounded number of connections that are kept open between requests. */
export interface Route {
  /** How what is told of the way goes on: ` through the proxy "…"`, or empty. */
  readonly via: string;
  /** Starts a request, as `http.request` does. */
  request(url: URL, options: RequestOptions): ClientRequest;
  /** Closes what is kept open. */
  close(): void;
}

export interface RouteOptions {
  readonly url: string;
  /** Absolute: where the path of `ca` starts. */
  readonly project: string;
  /** A PEM file with the only authorities that are believed; empty = those that Node believes. */
  readonly ca: string;
  readonly proxies: Proxies | undefined;
}

/** Finds the way to a server. Nothing is sent yet. Throws CONFIG_INVALID for a file or a proxy that cannot be used. */
export async function openRoute({ url, project, ca, proxies }: RouteOptions): Promise<Route> {
  const target = new URL(url);
  const proxy = findProxy(target, proxies);
  if (target.protocol === "http:") return proxy === null ? direct(new http.Agent(KEPT), http) : forwarded(proxy);
  const options = { ...KEPT, ...(ca === "" ? {} : { ca: await readAuthority(project, ca) }) };
  if (proxy === null) return direct(new https.Agent(options), https);
  const { TunnelAgent } = await import("./tunnel-agent.js");
  return { ...direct(new TunnelAgent(proxy, options), https), via: viaOf(proxy) };
}

function viaOf({ url }: HttpProxy): string {
  return ` through the proxy "${url.origin}"`;
}

function direct(agent: http.Agent, { request }: Pick<typeof http, "request">): Route {
  return { via: "", request: (url, options) => request(url, { ...options, agent }), close: () => agent.destroy() };
}

/** Without TLS the proxy is asked for the whole address. */
function forwarded(given: HttpProxy): Route {
  const { url: proxy, authorization } = given;
  const secure = proxy.protocol === "https:";
  const agent = secure ? new https.Agent(KEPT) : new http.Agent(KEPT);
  const own = authorization === null ? {} : { "proxy-authorization": authorization };
  return {
    via: viaOf(given),
    request: (url, { lookup: _, ...options }) =>
      (secure ? https : http).request(proxy, {
        ...options,
        agent,
        path: url.href,
        headers: { ...options.headers, host: url.host, ...own },
      }),
    close: () => agent.destroy(),
  };
}
