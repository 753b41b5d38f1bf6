import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FileEntry } from "./file-entry.js";
import type { LineFile } from "./list-files.js";

const VERSION = 2;
/** A file that was changed so shortly before it was read may change again within the same tick of its clock. */
const RACY_NS = 1_000_000_000n;

/** What is known of the files of a folder from earlier runs. It is a cache: where it cannot be read or written, everything is only slower. */
export class FolderIndex {
  readonly #path: string;
  readonly #cache: string;
  readonly #entries: Map<string, FileEntry>;
  #changed = false;

  private constructor(cache: string, path: string, entries: Map<string, FileEntry>) {
    this.#cache = cache;
    this.#path = path;
    this.#entries = entries;
  }

  /** Opens the index of a bucket's files in a folder, kept in the folder `cache`. */
  static async open(cache: string, folder: string, bucket: string): Promise<FolderIndex> {
    const name = createHash("sha256")
      .update(JSON.stringify([folder, bucket]))
      .digest("hex")
      .slice(0, 16);
    const path = join(cache, `line-protocol-${name}.json`);
    return new FolderIndex(cache, path, await load(path));
  }

  /** What the file holds, if it is still the one that was read. */
  get(file: LineFile): FileEntry | undefined {
    const entry = this.#entries.get(file.path);
    return entry?.size === file.size && entry.mtime === file.mtime ? entry : undefined;
  }

  set(file: LineFile, entry: FileEntry): void {
    if (BigInt(Date.now()) * 1_000_000n - BigInt(file.mtime) < RACY_NS) return;
    this.#entries.set(file.path, entry);
    this.#changed = true;
  }

  /** Keeps what is known of the files there are. */
  async save(files: readonly LineFile[]): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const known = files.flatMap(({ path }) => (this.#entries.has(path) ? [[path, this.#entries.get(path)] as const] : []));
    const text = JSON.stringify({ version: VERSION, files: Object.fromEntries(known) });
    const temporary = `${this.#path}.${randomBytes(6).toString("hex")}`;
    try {
      await mkdir(this.#cache, { recursive: true });
      await writeFile(temporary, text);
      await rename(temporary, this.#path);
    } catch {
      // a run that cannot remember is still right
    }
  }
}

async function load(path: string): Promise<Map<string, FileEntry>> {
  try {
    const { version, files } = JSON.parse(await readFile(path, "utf8")) as { version: number; files: Record<string, FileEntry> };
    return new Map(version === VERSION ? Object.entries(files) : []);
  } catch {
    return new Map();
  }
}
