import type { Place } from "../core/errors.js";
import type { Findings } from "./findings.js";
import type { Located, SourceFile } from "./source-file.js";

export type Path = readonly PropertyKey[];

/** A value of the configuration, its place, and the keys that lead to it: what checks look at and complain about. */
export class Field {
  readonly source: SourceFile;
  readonly located: Located;
  readonly path: Path;
  readonly findings: Findings;

  constructor(source: SourceFile, located: Located, path: Path, findings: Findings) {
    this.source = source;
    this.located = located;
    this.path = path;
    this.findings = findings;
  }

  get value(): unknown {
    return this.located.value;
  }

  /** The keys of a map with their values; of anything else none. */
  get entries(): [string, Field][] {
    if (!isMap(this.value)) return [];
    return [...(this.located.children ?? [])].map(([key, child]) => [key, this.#with(child, [key])]);
  }

  /** The values of a map or a list. */
  get children(): Field[] {
    return [...(this.located.children ?? [])].map(([key, child]) => this.#with(child, [key]));
  }

  /** What a key holds; null when there is no such key. */
  get(key: string): Field | null {
    const child = this.located.children?.get(key);
    return child === undefined ? null : this.#with(child, [key]);
  }

  /** A map that may be left out or empty: then it has no keys, and stands where it would belong. */
  map(key: string): Field {
    const field = this.reach([key]);
    const given = this.get(key);
    return given !== null && given.value !== null ? given : field.#empty();
  }

  #empty(): Field {
    return new Field(this.source, { ...this.located, value: {}, children: new Map() }, this.path, this.findings);
  }

  /** What a path leads to: where it ends early, the last value on the way, known under the whole path. */
  reach(path: Path): Field {
    let located = this.located;
    for (const key of path) {
      const child = located.children?.get(String(key));
      if (child === undefined) break;
      located = child;
    }
    return this.#with(located, path);
  }

  /** Where its key stands, or it itself where it has none. */
  get place(): Required<Place> {
    return { file: this.source.file, ...this.source.place(this.located.keyOffset) };
  }

  /** An error whose place is the value. Like the two below it returns null, for a reader that then has nothing to give. */
  error(message: string, hint: string | null = null): null {
    this.findings.error(this.#issue(message, hint, this.located.offset));
    return null;
  }

  /** An error whose place is the key. */
  keyError(message: string, hint: string | null = null): null {
    this.findings.error(this.#issue(message, hint, this.located.keyOffset));
    return null;
  }

  warn(message: string, hint: string | null = null): null {
    this.findings.warn(this.#issue(message, hint, this.located.offset));
    return null;
  }

  #issue(message: string, hint: string | null, offset: number) {
    return { message, hint, file: this.source.file, ...this.source.place(offset), path: this.path.map(String).join(".") };
  }

  #with(located: Located, path: Path): Field {
    return new Field(this.source, located, [...this.path, ...path], this.findings);
  }
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
