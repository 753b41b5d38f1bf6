import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { cannotWrite } from "./cannot-write.js";

/**
 * Replaces a file so that a crash or a power cut at any moment leaves the old content or the new one, whole. Throws CANNOT_WRITE.
 *
 * One writer at a time: what a killed one left behind is written over. It works synchronously on purpose: Node's thread pool may be busy with queries for minutes.
 */
export function writeDurably(path: string, content: string): void {
  const temporary = `${path}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(temporary, { force: true });
    writeAndSync(temporary, content);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw cannotWrite(`write the file "${path}"`, thrown);
  }
}

function writeAndSync(path: string, content: string): void {
  const file = openSync(path, "wx", 0o600);
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
