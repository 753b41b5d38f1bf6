import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { LIMITS } from "./limits.js";

/** Reads the files that `${file:path}` refers to, each once; null where there is none. Throws an Error that says why one cannot be read. */
export function openFiles(root: string): (path: string) => string | null {
  const known = new Map<string, string | null>();
  return (path) => {
    const text = known.has(path) ? (known.get(path) ?? null) : read(resolve(root, path), path);
    known.set(path, text);
    return text;
  };
}

function read(file: string, path: string): string | null {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts === undefined) return null;
  if (!facts.isFile()) throw new Error(`"${path}" is no file`);
  if (facts.size > LIMITS.bytes) throw new Error(`the file "${path}" is larger than 1 MiB`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (thrown) {
    if (thrown instanceof TypeError) throw new Error(`the file "${path}" is not text in UTF-8`);
    throw new Error(`the file "${path}" cannot be read: ${(thrown as NodeJS.ErrnoException).code}`);
  }
}
