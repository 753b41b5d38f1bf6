import type { LatePart, Reference } from "./reference.js";

/** A value of a YAML file that knows where it stands. Offsets count characters. */
export interface Located {
  /** As plain data, with variables filled in. */
  readonly value: unknown;
  readonly offset: number;
  /** Where its key stands; its own place if it has none. */
  readonly keyOffset: number;
  /** Of a map by key, of a list by index; null for a scalar. */
  readonly children: ReadonlyMap<string, Located> | null;
  /** The variables a text was filled with. */
  readonly references: readonly Reference[];
  /** The pieces of a text whose references are looked up only when it is needed: until then its value is as written. Null for all others. */
  readonly late: readonly LatePart[] | null;
  /** The value as it stands in the file, for a scalar. */
  readonly written: string | null;
  /** An error was reported here already: what else is wrong with it is not worth a word. */
  readonly broken: boolean;
  /** How many values it is made of. */
  readonly size: number;
}

/** A configuration file that was read. */
export interface SourceFile {
  /** As shown in messages. */
  readonly file: string;
  readonly lines: readonly string[];
  /** The line and column of an offset, from 1. */
  place(offset: number): { readonly line: number; readonly column: number };
}

/** What is wrong with a file before anybody asks what it says. */
export interface Fault {
  readonly message: string;
  readonly hint: string | null;
  readonly offset: number;
  readonly path: readonly string[];
}
