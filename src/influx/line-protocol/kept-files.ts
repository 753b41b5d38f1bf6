import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LineFile } from "./list-files.js";

/** A file that was changed so shortly before it was read may change again within the same tick of its clock. */
const RACY_NS = 1_000_000_000n;

/** What is known of files from earlier runs. It is a cache: where it cannot be read or written, everything is only slower. */
export class KeptFiles<Entry extends Pick<LineFile, "size" | "mtime">> {
  readonly #path: string;
  readonly #cache: string;
  readonly #version: number;
  readonly #entries: Map<string, Entry>;
  #changed = false;

  private constructor(cache: string, path: string, version: number, entries: Map<string, Entry>) {
    this.#cache = cache;
    this.#path = path;
    this.#version = version;
    this.#entries = entries;
  }

  /** Opens what is kept in the folder `cache` under a name made of `kind` and `key`. */
  static async open<Entry extends Pick<LineFile, "size" | "mtime">>(
    cache: string,
    kind: string,
    version: number,
    key: unknown,
  ): Promise<KeptFiles<Entry>> {
    const name = createHash("sha256").update(JSON.stringify(key)).digest("hex").slice(0, 16);
    const path = join(cache, `${kind}-${name}.json`);
    return new KeptFiles<Entry>(cache, path, version, await load<Entry>(path, version));
  }

  /** What is known of the file, if it is still the one that was read. */
  get(file: LineFile): Entry | undefined {
    const entry = this.#entries.get(file.path);
    return entry?.size === file.size && entry.mtime === file.mtime ? entry : undefined;
  }

  set(file: LineFile, entry: Entry): void {
    if (BigInt(Date.now()) * 1_000_000n - BigInt(file.mtime) < RACY_NS) return;
    this.#entries.set(file.path, entry);
    this.#changed = true;
  }

  /** Keeps what is known of these files, and of no others. */
  async save(files: readonly LineFile[]): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const known = files.flatMap(({ path }) => (this.#entries.has(path) ? [[path, this.#entries.get(path)] as const] : []));
    const text = JSON.stringify({ version: this.#version, files: Object.fromEntries(known) });
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

async function load<Entry>(path: string, expected: number): Promise<Map<string, Entry>> {
  try {
    const { version, files } = JSON.parse(await readFile(path, "utf8")) as { version: number; files: Record<string, Entry> };
    return new Map(version === expected ? Object.entries(files) : []);
  } catch {
    return new Map();
  }
}
