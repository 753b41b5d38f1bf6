import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { KpiError } from "../../core/errors.js";
import type { ServerOptions } from "./server-options.js";
import type { Watch } from "./watch.js";

/** The stream of what the server meant, whatever a proxy on the way has compressed. */
function decoded(options: ServerOptions, response: IncomingMessage): NodeJS.ReadableStream {
  const encoding = response.headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return response;
  if (encoding === "gzip") return pipeline(response, createGunzip(), () => undefined);
  throw new KpiError("SOURCE_UNEXPECTED", `Cannot read "${options.name}": its reply is encoded as "${encoding}", which was not asked for`);
}

/** The body, piece by piece, to a proven end of its framing. Throws `SOURCE_UNREACHABLE` where it breaks off, `SOURCE_TRUNCATED` for a broken gzip. */
export async function* readBody(options: ServerOptions, response: IncomingMessage, watch: Watch): AsyncGenerator<Buffer> {
  watch.start();
  try {
    for await (const piece of decoded(options, response)) {
      watch.stop();
      yield piece as Buffer;
      watch.start();
    }
  } catch (thrown) {
    const { code = "" } = thrown as NodeJS.ErrnoException;
    if (code.startsWith("Z_"))
      throw new KpiError("SOURCE_TRUNCATED", `Cannot read "${options.name}": its compressed reply breaks off`, { cause: thrown });
    throw thrown;
  } finally {
    watch.stop();
  }
  if (!response.complete)
    throw new KpiError("SOURCE_UNREACHABLE", `Cannot read "${options.name}" at "${options.url}": the reply broke off`);
}

const LONGEST_TEXT = 16 * 1024 * 1024;

/** The whole of a body that is known to be small. */
export async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > LONGEST_TEXT) throw new KpiError("SOURCE_UNEXPECTED", `Cannot read a reply: it is longer than ${LONGEST_TEXT} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
