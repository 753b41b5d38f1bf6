import type { Field } from "./field.js";

const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_.-]{0,99}$/u;

/** Takes the names of one kind of thing; two that look alike on a file system or to a reader are one too many. */
export class Names {
  readonly #kind: string;
  readonly #taken = new Map<string, Field>();

  constructor(kind: string) {
    this.#kind = kind;
  }

  get size(): number {
    return this.#taken.size;
  }

  /** The name in Unicode's composed form; null after an error. */
  take(written: string, field: Field): string | null {
    const name = written.normalize("NFC");
    if (!NAME.test(name)) {
      field.keyError(
        `Cannot call a ${this.#kind} "${written}": letters, digits, "-", "_" and "." make a name`,
        "Begin with a letter or digit",
      );
      return null;
    }
    const earlier = this.#taken.get(name.toLowerCase());
    if (earlier !== undefined) {
      const { file, line } = earlier.place;
      field.keyError(
        `Cannot call a ${this.#kind} "${written}": there is one of that name`,
        `See ${file}:${line}; upper and lower case count as the same`,
      );
      return null;
    }
    this.#taken.set(name.toLowerCase(), field);
    return name;
  }
}
