import { NEWLINE } from "./bytes.js";
import { LineParser } from "./line-parser.js";
import type { LineFile } from "./list-files.js";
import type { PointSink } from "./point-sink.js";
import { readPieces } from "./read-pieces.js";

/** No line may be longer. */
const LONGEST_LINE = 64 * 1024 * 1024;
const START = 1024 * 1024;

/** Feeds a parser whatever pieces come, keeping only the line that is not whole yet. */
class Feeder {
  readonly #parser: LineParser;
  readonly #sink: PointSink;
  #bytes = Buffer.allocUnsafe(START);
  #from = 0;
  #to = 0;

  constructor(parser: LineParser, sink: PointSink) {
    this.#parser = parser;
    this.#sink = sink;
  }

  /** False when a line is longer than any may be. */
  async feed(piece: Buffer, final: boolean): Promise<boolean> {
    this.#makeRoom(piece.length);
    piece.copy(this.#bytes, this.#to);
    this.#to += piece.length;
    this.#bytes[this.#to] = NEWLINE;
    for (;;) {
      this.#from = this.#parser.parse(this.#bytes, this.#from, this.#to, final);
      if (!this.#sink.writer.changed) break;
      await this.#sink.writer.reshape();
    }
    return this.#to - this.#from < LONGEST_LINE;
  }

  #makeRoom(length: number): void {
    const rest = this.#to - this.#from;
    // one byte more than the data, for the line feed that the parser asks for
    const room = rest + length + 1;
    const target = room <= this.#bytes.length ? this.#bytes : Buffer.allocUnsafe(room * 2);
    this.#bytes.copy(target, 0, this.#from, this.#to);
    this.#bytes = target;
    this.#from = 0;
    this.#to = rest;
  }
}

/** Reads a file to its end into the sink and returns the parser, which knows what the file holds. */
export async function readFile(file: LineFile, sink: PointSink, signal: AbortSignal): Promise<LineParser> {
  const parser = new LineParser(sink);
  const feeder = new Feeder(parser, sink);
  for await (const piece of readPieces(file, signal)) {
    if (await feeder.feed(piece, false)) continue;
    parser.giveUp(`it is longer than ${LONGEST_LINE} bytes`);
    return parser;
  }
  await feeder.feed(Buffer.alloc(0), true);
  return parser;
}
