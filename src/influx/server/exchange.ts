import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { KpiError } from "../../core/errors.js";
import { connectionTrouble } from "../../net/connection-trouble.js";
import { readBody } from "./read-body.js";
import type { ServerOptions } from "./server-options.js";
import { Watch } from "./watch.js";

/** A request. The path begins with `/` and lies below the path of the server's address. */
export interface Ask {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly accept: string;
  readonly body?: { readonly type: string; readonly text: string };
}

/** A reply as it comes in. Its body throws where it breaks off, stalls or is not what its header says. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Buffer>;
}

function address(options: ServerOptions, path: string): URL {
  const base = options.url.endsWith("/") ? options.url.slice(0, -1) : options.url;
  return new URL(`${base}${path}`);
}

function headersOf(options: ServerOptions, ask: Ask): Record<string, string> {
  return {
    accept: ask.accept,
    // compressing costs a server on the same network more than it saves
    "accept-encoding": options.gzip ? "gzip" : "identity",
    "user-agent": "kpi",
    ...(options.authorization === null ? {} : { authorization: options.authorization }),
    ...(ask.body === undefined ? {} : { "content-type": ask.body.type, "content-length": String(Buffer.byteLength(ask.body.text)) }),
  };
}

function toKpiError(options: ServerOptions, thrown: unknown): KpiError {
  if (thrown instanceof KpiError) return thrown;
  const { state, hint, passing } = connectionTrouble(thrown);
  const message = `Cannot read "${options.name}" at "${options.url}"${options.route.via}: ${state}`;
  // decoders throw these for bytes that are not what their content type says
  if (thrown instanceof RangeError || thrown instanceof SyntaxError) return new KpiError("SOURCE_MALFORMED", message, { cause: thrown });
  return new KpiError("SOURCE_UNREACHABLE", message, { cause: thrown, hint, retryable: passing });
}

/**
 * Sends one request and hands over the reply; whatever `use` does not read to its end is cut off at the server too.
 *
 * Throws `SOURCE_UNREACHABLE`, `SOURCE_TIMEOUT`, `SOURCE_TRUNCATED` for a broken compression, `SOURCE_MALFORMED` for what a decoder cannot read,
 * the signal's reason, and whatever `KpiError` `use` throws.
 */
export async function exchange<Result>(
  options: ServerOptions,
  ask: Ask,
  limits: { readonly signal: AbortSignal; readonly until: number },
  use: (reply: Reply) => Promise<Result>,
): Promise<Result> {
  limits.signal.throwIfAborted();
  const request = options.route.request(address(options, ask.path), { method: ask.method, headers: headersOf(options, ask) });
  // a request that still waits for its connection says nothing when it is destroyed
  const ended = new AbortController();
  const watch = new Watch(options, limits, (reason) => {
    request.destroy(reason);
    ended.abort();
  });
  let whole = false;
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      ended.signal.addEventListener("abort", reject, { once: true });
      request.once("response", resolve);
      request.on("error", reject);
      request.end(ask.body?.text);
    });
    watch.stop();
    const result = await use({ status: response.statusCode ?? 0, headers: response.headers, body: readBody(options, response, watch) });
    whole = response.readableEnded;
    return result;
  } catch (thrown) {
    if (watch.reason !== null) throw watch.reason;
    throw toKpiError(options, thrown);
  } finally {
    watch.end();
    // a connection whose reply was read to its end serves the next request
    if (!whole) request.destroy();
  }
}
