import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LineFile } from "./list-files.js";

/** A file that was changed so shortly before it was read may change again within the same tick of its clock. */
const RACY = 1_000;

type Version = Pick<LineFile, "size" | "mtime">;

/** One value of each row. */
export type KeptColumn = unknown[];

/** How entries are kept: there may be a file for each hour of a year, and every run reads what is known of all. */
export interface EntryLayout<Entry> {
  /** Counts up when entries change their meaning. */
  readonly version: number;
  /** How many values are an entry's own, but its size and time. */
  readonly width: number;
  /** Those values. */
  own(entry: Entry): readonly unknown[];
  /** What many entries have the same of, kept once. */
  shared(entry: Entry): unknown;
  /** Takes its own values from a row of `own`. */
  entry(file: Version, own: readonly KeptColumn[], row: number, shared: unknown): Entry;
}

/** By column: to be read at once, and to be few objects. */
interface Kept {
  readonly version: number;
  readonly shared: unknown[];
  readonly names: string[];
  readonly sizes: number[];
  readonly mtimes: number[];
  /** Where in `shared` each row's part lies. */
  readonly places: number[];
  readonly own: readonly KeptColumn[];
}

/** What is known of files from earlier runs. It is a cache: where it cannot be read or written, everything is only slower. */
export class KeptFiles<Entry extends Version> {
  readonly #path: string;
  readonly #layout: EntryLayout<Entry>;
  readonly #kept: Kept;
  readonly #places: Map<string, number>;
  #rows: Map<string, number> | null = null;
  /** The row that is asked for next where files are asked for in the order in which they were kept. */
  #next = 0;
  #changed = false;

  private constructor(path: string, layout: EntryLayout<Entry>, kept: Kept) {
    this.#path = path;
    this.#layout = layout;
    this.#kept = kept;
    this.#places = new Map(kept.shared.map((value, place) => [JSON.stringify(value), place]));
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
    return new KeptFiles<Entry>(path, layout, (await load(path, layout)) ?? emptyKept(layout));
  }

  /** What is known of the file, if it is still the one that was read. */
  get(file: LineFile): Entry | undefined {
    const { shared, sizes, mtimes, places, own } = this.#kept;
    const row = this.#rowOf(file.name);
    if (row === undefined || sizes[row] !== file.size || mtimes[row] !== file.mtime) return undefined;
    return this.#layout.entry(file, own, row, shared[places[row] as number]);
  }

  set(file: LineFile, entry: Entry): void {
    if (Date.now() - file.mtime < RACY) return;
    const { names, sizes, mtimes, places, own } = this.#kept;
    const row = this.#rowOf(file.name) ?? names.push(file.name) - 1;
    this.#rows?.set(file.name, row);
    sizes[row] = entry.size;
    mtimes[row] = entry.mtime;
    places[row] = this.#placeOf(this.#layout.shared(entry));
    for (const [index, value] of this.#layout.own(entry).entries()) (own[index] as KeptColumn)[row] = value;
    this.#changed = true;
  }

  #rowOf(name: string): number | undefined {
    const { names } = this.#kept;
    if (names[this.#next] === name) return this.#next++;
    this.#rows ??= new Map(names.map((one, row) => [one, row]));
    const row = this.#rows.get(name);
    if (row !== undefined) this.#next = row + 1;
    return row;
  }

  #placeOf(value: unknown): number {
    const text = JSON.stringify(value);
    const place = this.#places.get(text) ?? this.#kept.shared.push(value) - 1;
    this.#places.set(text, place);
    return place;
  }

  #pack(names: Iterable<string>): Kept {
    const { shared, own, ...kept } = this.#kept;
    const rows = [...names].map((name) => this.#rowOf(name)).filter((row) => row !== undefined);
    const of = <Value>(column: readonly Value[]) => rows.map((row) => column[row] as Value);
    const used = [...new Set(of(kept.places))];
    const moved = new Map(used.map((place, index) => [place, index]));
    return {
      version: this.#layout.version,
      shared: used.map((place) => shared[place]),
      names: of(kept.names),
      sizes: of(kept.sizes),
      mtimes: of(kept.mtimes),
      places: of(kept.places).map((place) => moved.get(place) ?? 0),
      own: own.map(of),
    };
  }

  /** Keeps what is known of the files of these names, and of no others. */
  async save(names: Iterable<string>): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const temporary = `${this.#path}.${randomBytes(6).toString("hex")}`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(temporary, JSON.stringify(this.#pack(names)));
      await rename(temporary, this.#path);
    } catch {
      // a run that cannot remember is still right
    }
  }
}

function emptyKept({ version, width }: Pick<EntryLayout<never>, "version" | "width">): Kept {
  const own = Array.from({ length: width }, (): KeptColumn => []);
  return { version, shared: [], names: [], sizes: [], mtimes: [], places: [], own };
}

/** Null where there is nothing of the kind, or it is of another layout. */
async function load(path: string, { version, width }: Pick<EntryLayout<never>, "version" | "width">): Promise<Kept | null> {
  try {
    const kept = JSON.parse(await readFile(path, "utf8")) as Kept;
    const { names, sizes, mtimes, places, own } = kept;
    const whole = [sizes, mtimes, places, ...own].every((column) => column.length === names.length);
    return kept.version === version && Array.isArray(kept.shared) && own.length === width && whole ? kept : null;
  } catch {
    return null; // it is made again
  }
}
