import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LineFile } from "./list-files.js";

/** A file that was changed so shortly before it was read may change again within the same tick of its clock. */
const RACY = 1_000;

/** What is known of files from earlier runs. It is a cache: where it cannot be read or written, everything is only slower. */
export class KeptFiles<Entry extends Pick<LineFile, "size" | "mtime">> {
  readonly #path: string;
  readonly #cache: string;
  readonly #version: number;
  readonly #shared: keyof Entry | undefined;
  readonly #entries: Map<string, Entry>;
  #changed = false;

  private constructor(cache: string, path: string, version: number, entries: Map<string, Entry>, shared: keyof Entry | undefined) {
    this.#cache = cache;
    this.#path = path;
    this.#version = version;
    this.#entries = entries;
    this.#shared = shared;
  }

  /** Opens what is kept in the folder `cache` under a name made of `kind` and `key`; `shared` is what many entries have the same of, kept once. */
  static async open<Entry extends Pick<LineFile, "size" | "mtime">>(
    cache: string,
    kind: string,
    version: number,
    key: unknown,
    shared?: keyof Entry,
  ): Promise<KeptFiles<Entry>> {
    const name = createHash("sha256").update(JSON.stringify(key)).digest("hex").slice(0, 16);
    const path = join(cache, `${kind}-${name}.json`);
    return new KeptFiles<Entry>(cache, path, version, await load<Entry>(path, version, shared), shared);
  }

  /** What is known of the file, if it is still the one that was read. */
  get(file: LineFile): Entry | undefined {
    const entry = this.#entries.get(file.path);
    return entry?.size === file.size && entry.mtime === file.mtime ? entry : undefined;
  }

  set(file: LineFile, entry: Entry): void {
    if (Date.now() - file.mtime < RACY) return;
    this.#entries.set(file.path, entry);
    this.#changed = true;
  }

  #pack(files: readonly LineFile[]): Omit<Kept<unknown>, "version"> {
    const places = new Map<string, number>();
    const packed = files.flatMap(({ path }) => {
      const entry = this.#entries.get(path);
      if (entry === undefined || this.#shared === undefined) return entry === undefined ? [] : [[path, entry] as const];
      const text = JSON.stringify(entry[this.#shared]);
      const place = places.get(text) ?? places.size;
      places.set(text, place);
      return [[path, { ...entry, [this.#shared]: place }] as const];
    });
    return { shared: [...places.keys()].map((text) => JSON.parse(text) as unknown), files: Object.fromEntries(packed) };
  }

  /** Keeps what is known of these files, and of no others. */
  async save(files: readonly LineFile[]): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const text = JSON.stringify({ version: this.#version, ...this.#pack(files) });
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

interface Kept<Entry> {
  readonly version: number;
  /** What entries name by its place here. */
  readonly shared: readonly unknown[];
  readonly files: Readonly<Record<string, Entry>>;
}

async function load<Entry>(path: string, expected: number, shared: keyof Entry | undefined): Promise<Map<string, Entry>> {
  try {
    const kept = JSON.parse(await readFile(path, "utf8")) as Kept<Entry>;
    if (kept.version !== expected) return new Map();
    const entries = Object.entries(kept.files);
    if (shared !== undefined) for (const [, entry] of entries) entry[shared] = kept.shared[entry[shared] as number] as Entry[keyof Entry];
    return new Map(entries);
  } catch {
    return new Map();
  }
}
