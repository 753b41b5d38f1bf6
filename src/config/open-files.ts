import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { LIMITS } from "./limits.js";

/** What a file holds, or why it cannot be used. */
export type FileText = { readonly text: string } | { readonly problem: string };

/** Reads the files that `${file:path}` refers to, each once; null where there is none. */
export function openFiles(root: string): (path: string) => FileText | null {
  const known = new Map<string, FileText | null>();
  return (path) => {
    const text = known.has(path) ? (known.get(path) ?? null) : read(resolve(root, path), path);
    known.set(path, text);
    return text;
  };
}

function read(file: string, path: string): FileText | null {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts === undefined) return null;
  if (!facts.isFile()) return { problem: `"${path}" is no file` };
  if (facts.size > LIMITS.bytes) return { problem: `the file "${path}" is larger than 1 MiB` };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file)) };
  } catch (thrown) {
    const why = thrown instanceof TypeError ? "is not text in UTF-8" : `cannot be read: ${(thrown as NodeJS.ErrnoException).code}`;
    return { problem: `the file "${path}" ${why}` };
  }
}
