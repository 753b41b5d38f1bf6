import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { cannotWrite } from "./cannot-write.js";
import { discard } from "./discard.js";

/**
 * Replaces a file so that a crash or a power cut at any moment leaves the old content or the new one, whole. Throws CANNOT_WRITE.
 *
 * One writer at a time: what a killed one left behind is written over. It works synchronously on purpose: Node's thread pool may be busy with queries for minutes.
 */
export function writeDurably(path: string, content: string | Uint8Array, mode = 0o600): void {
  const temporary = `${path}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(temporary, { force: true });
    writeAndSync(temporary, content, mode);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (thrown) {
    discard(temporary);
    throw cannotWrite(`write the file "${path}"`, thrown);
  }
}

function writeAndSync(path: string, content: string | Uint8Array, mode: number): void {
  const file = openSync(path, "wx", mode);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a rename outlive a power cut. Windows has no such call, and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
