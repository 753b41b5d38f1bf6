import { createReadStream } from "node:fs";
import { KpiError } from "../core/errors.js";
import { LIMITS } from "./limits.js";

/** Reads at most one byte more than a configuration file may have, whatever the path stands for. Throws CONFIG_INVALID when it cannot be read. */
export async function readBytes(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { end: LIMITS.bytes })) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw new KpiError("CONFIG_INVALID", `Cannot read "${path}": ${reason(cause)}`, { cause, place: { file: path } });
  }
  return Buffer.concat(chunks);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "there is no right to read it",
  EISDIR: "it is a folder",
  ENOENT: "it is not there",
  ELOOP: "its symbolic links go in a circle",
};

function reason(cause: unknown): string {
  const { code = "", message = "" } = cause as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}
