import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

const folder = new URL("../../fixtures/influxdb-2.9.1/", import.meta.url);

/** A recorded file, decompressed. */
export async function recorded(name: string): Promise<Buffer> {
  const bytes = await readFile(new URL(name, folder));
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

/** The body of a recorded reply, out of its framing. */
export async function recordedBody(name: string): Promise<Buffer> {
  const reply = await recorded(`${name}.reply.gz`);
  const end = reply.indexOf("\r\n\r\n") + 4;
  const head = reply.toString("latin1", 0, end).toLowerCase();
  if (!head.includes("transfer-encoding: chunked")) return reply.subarray(end);
  const pieces: Buffer[] = [];
  for (let at = end; ; ) {
    const line = reply.indexOf("\r\n", at);
    const length = Number.parseInt(reply.toString("latin1", at, line), 16);
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(reply.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
}
