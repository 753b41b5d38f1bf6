import type { PointWriter, Slot } from "../columns/point-writer.js";
import type { Assign } from "./assign.js";
import { CUT, MsgpackToken, type MsgpackValue } from "./msgpack-token.js";
import { RowDecoder } from "./row-decoder.js";

type Level = "message" | "results" | "result" | "allSeries" | "series" | "rows";

interface Frame {
  readonly level: Level;
  left: number;
}

/** What stands in each map of a reply: a key that is none of these is a broken one, and what it names would be missed without a word. */
const KEYS: Readonly<Partial<Record<Level, readonly string[]>>> = {
  message: ["results", "error"],
  result: ["statement_id", "series", "messages", "partial", "error"],
  series: ["name", "tags", "columns", "values", "partial"],
};

/** How far a reply has come, and what it said about itself. */
export interface Verdict {
  /** Every bracket is closed, at least one result was there, and the last says that nothing is missing. */
  readonly complete: boolean;
  /** The server's own words where it reports an error. */
  readonly error: string | null;
}

/**
 * Decodes an InfluxQL reply in chunked msgpack, given in pieces: maps one after the other, each `{ results: [{ series: [{ columns, values }] }] }`.
 * A small stack for what is around the rows, and a `RowDecoder` for these. Throws `RangeError` for bytes that are no such reply.
 */
export class MsgpackDecoder {
  readonly #writer: PointWriter;
  readonly #assign: Assign;
  readonly #token = new MsgpackToken();
  readonly #rows: RowDecoder;
  readonly #frames: Frame[] = [];
  #results = 0;
  #moreResults = false;
  #moreRows = false;
  #error: string | null = null;
  #columns: readonly string[] = [];
  #tags: Readonly<Record<string, string>> = {};

  constructor(writer: PointWriter, assign: Assign) {
    this.#writer = writer;
    this.#assign = assign;
    this.#rows = new RowDecoder(writer);
  }

  /** Decodes what lies wholly in [from, to), returns where the rest begins, and gives way when the writer must be reshaped. */
  decode(bytes: Buffer, from: number, to: number): number {
    let at = from;
    try {
      while (!this.#writer.changed) {
        const frame = this.#frames.at(-1);
        if (frame === undefined && at === to) break;
        if (frame?.left === 0) this.#frames.pop();
        else if (frame?.level === "rows") {
          at = this.#rows.decode(bytes, at, to, frame);
          if (frame.left > 0) break;
        } else {
          this.#token.set(bytes, at, to);
          this.#step(frame);
          at = this.#token.at;
        }
      }
    } catch (thrown) {
      if (thrown !== CUT) throw thrown;
    }
    return at;
  }

  /** What to make of a reply of which nothing more comes; `rest` bytes were never used. */
  verdict(rest: number): Verdict {
    const closed = this.#frames.every(({ left }) => left === 0) && rest === 0;
    return { complete: closed && this.#results > 0 && !this.#moreResults && !this.#moreRows, error: this.#error };
  }

  /** One entry: it is taken up whole, or not at all. */
  #step(frame: Frame | undefined): void {
    const token = this.#token;
    if (frame === undefined) this.#open("message", token.map(), () => undefined);
    else if (frame.level === "results") this.#open("result", token.map(), () => this.#newResult(frame));
    else if (frame.level === "allSeries") this.#open("series", token.map(), () => this.#newSeries(frame));
    else this.#entry(frame, token.text());
  }

  #entry(frame: Frame, key: string): void {
    if (KEYS[frame.level]?.includes(key) !== true) throw new RangeError(`"${key}" is no part of a ${frame.level}`);
    const token = this.#token;
    const taken = () => frame.left--;
    if (frame.level === "message" && key === "results") this.#open("results", token.array(), taken);
    else if (frame.level === "result" && key === "series") this.#open("allSeries", token.array(), taken);
    else if (frame.level === "series" && key === "values") this.#open("rows", token.array(), () => this.#beginRows(frame));
    else {
      const value = token.value();
      taken();
      this.#note(frame.level, key, value);
    }
  }

  #note(level: Level, key: string, value: MsgpackValue): void {
    if (key === "error") this.#error ??= String(value);
    if (key === "partial" && level === "result") this.#moreResults = value === true;
    if (level !== "series") return;
    if (key === "partial") this.#moreRows = value === true;
    if (key === "columns") this.#columns = value as string[];
    if (key === "tags") this.#tags = value as Record<string, string>;
  }

  #open(level: Level, left: number, taken: () => void): void {
    taken();
    this.#frames.push({ level, left });
  }

  #newResult(frame: Frame): void {
    frame.left--;
    this.#results++;
    this.#moreResults = false;
  }

  #newSeries(frame: Frame): void {
    frame.left--;
    this.#moreRows = false;
    this.#columns = [];
    this.#tags = {};
  }

  #beginRows(frame: Frame): void {
    frame.left--;
    const head = { columns: this.#columns, tags: this.#tags };
    const constants = Object.entries(this.#tags).map(([name, text]): readonly [Slot, string] => [{ role: "tag", name }, text]);
    this.#rows.begin(this.#assign(head), constants);
  }
}
