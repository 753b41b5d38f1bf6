import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { KpiError } from "../../core/errors.js";
import type { LineFile } from "./list-files.js";

const PIECE = 512 * 1024;

/** What went wrong with a file, from what Node threw. */
function toKpiError(file: LineFile, thrown: unknown): KpiError {
  if (thrown instanceof KpiError) return thrown;
  const { code = "", message = "" } = thrown as NodeJS.ErrnoException;
  const place = { file: file.path };
  if (code === "Z_BUF_ERROR")
    return new KpiError("SOURCE_TRUNCATED", `Cannot read "${file.name}": its compressed data breaks off`, {
      cause: thrown,
      place,
      retryable: false,
    });
  if (code.startsWith("Z_")) return new KpiError("SOURCE_MALFORMED", `Cannot read "${file.name}": ${message}`, { cause: thrown, place });
  if (code === "ENOENT") return new KpiError("SOURCE_NOT_FOUND", `Cannot read "${file.name}": it is gone`, { cause: thrown, place });
  return new KpiError("SOURCE_UNREACHABLE", `Cannot read "${file.name}": ${code || message}`, { cause: thrown, place, retryable: false });
}

/** The bytes of a file, plain or `.gz`, piece by piece; a plain one's from byte `start` on. Throws `KpiError`; an aborted signal ends it with the signal's reason. */
export async function* readPieces(file: LineFile, signal: AbortSignal, start = 0): AsyncGenerator<Buffer> {
  const raw = createReadStream(file.path, { highWaterMark: PIECE, start });
  const stream = file.path.endsWith(".gz") ? raw.pipe(createGunzip({ chunkSize: PIECE })) : raw;
  raw.once("error", (thrown) => stream.destroy(thrown));
  try {
    for await (const piece of stream) {
      signal.throwIfAborted();
      yield piece as Buffer;
    }
  } catch (thrown) {
    throw signal.aborted ? signal.reason : toKpiError(file, thrown);
  } finally {
    raw.destroy();
    stream.destroy();
  }
}
