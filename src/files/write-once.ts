import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { cannotWrite } from "./cannot-write.js";
import { discard } from "./discard.js";

/** What file systems without hard links say of one. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"]);

export interface WriteOnceOptions {
  readonly mode: number;
  /** That it outlives a power cut as well. */
  readonly durable: boolean;
}

/**
 * Makes a file that is not there before it is whole: who is killed on the way leaves no half of it. Of any number of processes one makes it; false for the others.
 * Throws CANNOT_WRITE.
 */
export function writeOnce(path: string, content: string | Uint8Array, options: WriteOnceOptions): boolean {
  const beside = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeNew(beside, content, options);
    return putInPlace(beside, path, () => writeNew(path, content, options));
  } catch (thrown) {
    throw cannotWrite(`make the file "${path}"`, thrown);
  } finally {
    discard(beside);
  }
}

/** False where there is one. */
function putInPlace(beside: string, path: string, withoutLinks: () => void): boolean {
  try {
    link(beside, path, withoutLinks);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw thrown;
  }
}

function link(beside: string, path: string, withoutLinks: () => void): void {
  try {
    linkSync(beside, path);
  } catch (thrown) {
    if (!NO_LINKS.has((thrown as NodeJS.ErrnoException).code)) throw thrown;
    withoutLinks();
  }
}

function writeNew(path: string, content: string | Uint8Array, { mode, durable }: WriteOnceOptions): void {
  const file = openSync(path, "wx", mode);
  try {
    writeFileSync(file, content);
    if (durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
