import { setTimeout as sleep } from "node:timers/promises";
import type { Probe } from "../core/connection.js";
import { KpiError } from "../core/errors.js";
import type { Route } from "../net/open-route.js";
import { checkReply } from "./check-reply.js";
import { type HttpLimits, type HttpReply, type HttpRequest, send } from "./send.js";

export interface HttpAsk {
  readonly method: "GET" | "POST";
  /** Begins with `/` and lies below the path of the connection's address. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string | null;
}

export interface HttpPatience extends HttpLimits {
  /** How often a request is sent again when the server is busy, fails, or cannot be reached. */
  readonly retries: number;
}

/** Who asks, and where. */
export interface HttpAccess {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly route: Route;
}

/** The longest that `Retry-After` is heeded, in ms; who asks for more is left alone until the next run. */
const LONGEST_WAIT = 60_000;
/** What a proxy answers for a server that is not there. */
const AWAY = new Set([502, 503, 504]);
const PROBE: HttpPatience = { timeout: 10_000, maxBytes: 1_000_000, retries: 0 };

/** Speaks to one server, whose address nothing that is asked can change. */
export class HttpClient implements AsyncDisposable {
  readonly #access: HttpAccess;

  constructor(access: HttpAccess) {
    this.#access = access;
  }

  /** The request as it will be sent. Throws CONFIG_INVALID for a path that leaves the connection's address. */
  request({ method, path, query, headers, body }: HttpAsk): HttpRequest {
    const base = this.#access.url;
    const folder = base.pathname.replace(/\/$/, "");
    const url = new URL(`${base.origin}${folder}${path}`);
    if (url.origin !== base.origin || !`${url.pathname}/`.startsWith(`${folder}/`))
      throw new KpiError("CONFIG_INVALID", `Cannot ask for "${path}": it leaves the connection's address`, {
        hint: `Paths start below ${base.origin}${folder}/`,
      });
    for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
    const type = body === null ? {} : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
    const own = { accept: "application/json", "accept-encoding": "gzip", "user-agent": "kpi", ...type };
    return { method, url, body, headers: { ...own, ...headers, ...this.#access.headers } };
  }

  /** A good reply, after as many tries as are allowed. */
  async ask(ask: HttpAsk, patience: HttpPatience, signal: AbortSignal): Promise<HttpReply> {
    const request = this.request(ask);
    for (let left = patience.retries, pause = 500; ; left--, pause = Math.min(pause * 2, 30_000)) {
      let wait = pause;
      try {
        const reply = await send(request, this.#access.route, patience, signal);
        wait = Math.max(retryAfter(reply) ?? 0, pause);
        return checkReply(reply, request);
      } catch (thrown) {
        if (left === 0 || wait > LONGEST_WAIT || !(thrown instanceof KpiError && thrown.retryable)) throw thrown;
      }
      await sleep(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async probe(signal: AbortSignal): Promise<Probe> {
    const request = this.request({ method: "GET", path: "/", query: {}, headers: {}, body: null });
    const { status, headers } = await send(request, this.#access.route, PROBE, signal);
    if (status === 401 || status === 403)
      throw new KpiError("CREDENTIALS_REFUSED", `Cannot use "${request.url.origin}": it answers ${status}`);
    if (AWAY.has(status)) throw new KpiError("SOURCE_BUSY", `Cannot use "${request.url.origin}": it answers ${status}`);
    const clock = Date.parse(headers.date ?? "");
    const detail = `answers ${status} at ${request.url.origin}`;
    return { version: String(headers.server ?? "unknown"), detail, ...(Number.isNaN(clock) ? {} : { clock }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#access.route.close();
  }
}

/** In ms; null where the server does not say. */
function retryAfter({ status, headers }: HttpReply): number | null {
  const text = headers["retry-after"];
  if (status < 400 || text === undefined) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.parse(headers.date ?? "")) / 1000;
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}
