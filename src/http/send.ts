import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { KpiError } from "../core/errors.js";
import { connectionTrouble } from "../net/connection-trouble.js";
import type { Route } from "../net/open-route.js";
import { guardAddress, guardedLookup } from "./guard-address.js";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface HttpLimits {
  /** For one try, from the first byte out to the last byte in, in ms. */
  readonly timeout: number;
  /** Of the reply's body, unpacked. */
  readonly maxBytes: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How a request is called in messages: without its query, which may hold a secret. */
export function nameOf({ method, url }: Pick<HttpRequest, "method" | "url">): string {
  return `${method} ${url.origin}${url.pathname}`;
}

/**
 * Sends one request and waits for the whole reply. Redirects are not followed: they are replies like others.
 * Throws SOURCE_UNREACHABLE, SOURCE_TIMEOUT, SOURCE_TRUNCATED, SOURCE_MALFORMED where the reply is too large, and the signal's reason.
 */
export async function send(request: HttpRequest, route: Route, limits: HttpLimits, signal: AbortSignal): Promise<HttpReply> {
  guardAddress(request.url.hostname);
  const timeout = AbortSignal.timeout(limits.timeout);
  try {
    const response = await responseTo(request, route, AbortSignal.any([signal, timeout]));
    const body = await readBody(response, request, limits);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof KpiError) throw thrown;
    const name = nameOf(request);
    if (timeout.aborted)
      throw new KpiError("SOURCE_TIMEOUT", `Cannot read "${name}": no whole reply within ${limits.timeout / 1000} s`, {
        cause: thrown,
        hint: "Raise `request_timeout`",
      });
    const { state, hint, passing } = connectionTrouble(thrown);
    throw new KpiError("SOURCE_UNREACHABLE", `Cannot read "${name}"${route.via}: ${state}`, { cause: thrown, hint, retryable: passing });
  }
}

function responseTo({ method, url, headers, body }: HttpRequest, route: Route, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sending = route.request(url, { method, signal, lookup: guardedLookup, headers: { ...headers } });
    // a request that still waits for its connection says nothing when it is aborted
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    sending.once("response", resolve);
    sending.on("error", reject);
    sending.end(body ?? undefined);
  });
}

async function readBody(response: IncomingMessage, request: HttpRequest, { maxBytes }: HttpLimits): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) throw tooLarge(request, maxBytes);
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  return response.headers["content-encoding"] === "gzip" ? unpack(body, request, maxBytes) : body;
}

async function unpack(body: Buffer, request: HttpRequest, maxBytes: number): Promise<Buffer> {
  try {
    return await promisify(gunzip)(body, { maxOutputLength: maxBytes });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(request, maxBytes);
    throw new KpiError("SOURCE_TRUNCATED", `Cannot unpack the reply to "${nameOf(request)}": ${(thrown as Error).message}`, {
      cause: thrown,
    });
  }
}

function tooLarge(request: HttpRequest, maxBytes: number): KpiError {
  return new KpiError("SOURCE_MALFORMED", `Cannot take the reply to "${nameOf(request)}": it has more than ${maxBytes} bytes`, {
    hint: "Ask for less, or raise `max_bytes`",
  });
}
