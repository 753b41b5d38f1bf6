import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LineFile } from "./list-files.js";

/** A file that was changed so shortly before it was read may change again within the same tick of its clock. */
const RACY = 1_000;

type Version = Pick<LineFile, "size" | "mtime">;

/** How entries are kept: there may be a file for each hour of a year, and every run reads what is known of all. */
export interface EntryLayout<Entry> {
  /** Counts up when entries change their meaning. */
  readonly version: number;
  /** What is the entry's own, but its size and time. */
  own(entry: Entry): readonly unknown[];
  /** What many entries have the same of, kept once. */
  shared(entry: Entry): unknown;
  entry(file: Version, own: readonly unknown[], shared: unknown): Entry;
}

type Row = readonly [name: string, size: number, mtime: number, shared: number, own: readonly unknown[]];

interface Kept {
  readonly version: number;
  readonly shared: readonly unknown[];
  readonly files: readonly Row[];
}

/** What is known of files from earlier runs. It is a cache: where it cannot be read or written, everything is only slower. */
export class KeptFiles<Entry extends Version> {
  readonly #path: string;
  readonly #layout: EntryLayout<Entry>;
  readonly #rows = new Map<string, Row>();
  readonly #shared: unknown[];
  readonly #places = new Map<string, number>();
  #changed = false;

  private constructor(path: string, layout: EntryLayout<Entry>, { shared, files }: Kept) {
    this.#path = path;
    this.#layout = layout;
    this.#shared = [...shared];
    for (const [place, value] of shared.entries()) this.#places.set(JSON.stringify(value), place);
    for (const row of files) this.#rows.set(row[0], row);
  }

  /** Opens what is kept in the folder `cache` under a name made of `kind` and `key`. */
  static async open<Entry extends Version>(
    cache: string,
    kind: string,
    key: unknown,
    layout: EntryLayout<Entry>,
  ): Promise<KeptFiles<Entry>> {
    const name = createHash("sha256").update(JSON.stringify(key)).digest("hex").slice(0, 16);
    const path = join(cache, `${kind}-${name}.json`);
    return new KeptFiles<Entry>(path, layout, await load(path, layout.version));
  }

  /** What is known of the file, if it is still the one that was read. */
  get(file: LineFile): Entry | undefined {
    const row = this.#rows.get(file.name);
    if (row === undefined || row[1] !== file.size || row[2] !== file.mtime) return undefined;
    return this.#layout.entry(file, row[4], this.#shared[row[3]]);
  }

  set(file: LineFile, entry: Entry): void {
    if (Date.now() - file.mtime < RACY) return;
    const place = this.#placeOf(this.#layout.shared(entry));
    this.#rows.set(file.name, [file.name, entry.size, entry.mtime, place, this.#layout.own(entry)]);
    this.#changed = true;
  }

  #placeOf(value: unknown): number {
    const text = JSON.stringify(value);
    const place = this.#places.get(text) ?? this.#shared.push(value) - 1;
    this.#places.set(text, place);
    return place;
  }

  #pack(files: readonly LineFile[]): Kept {
    const rows = files.map(({ name }) => this.#rows.get(name)).filter((row) => row !== undefined);
    const used = [...new Set(rows.map(([, , , place]) => place))];
    const places = new Map(used.map((place, index) => [place, index]));
    return {
      version: this.#layout.version,
      shared: used.map((place) => this.#shared[place]),
      files: rows.map(([name, size, mtime, place, own]) => [name, size, mtime, places.get(place) ?? 0, own]),
    };
  }

  /** Keeps what is known of these files, and of no others. */
  async save(files: readonly LineFile[]): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const temporary = `${this.#path}.${randomBytes(6).toString("hex")}`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(temporary, JSON.stringify(this.#pack(files)));
      await rename(temporary, this.#path);
    } catch {
      // a run that cannot remember is still right
    }
  }
}

async function load(path: string, expected: number): Promise<Kept> {
  try {
    const kept = JSON.parse(await readFile(path, "utf8")) as Kept;
    if (kept.version === expected && Array.isArray(kept.shared) && Array.isArray(kept.files)) return kept;
  } catch {
    // it is made again
  }
  return { version: expected, shared: [], files: [] };
}
