import type { Window } from "../../core/window.js";
import { Feeder } from "../columns/feeder.js";
import type { FileFacts } from "./file-facts.js";
import { LineParser } from "./line-parser.js";
import { linesWithin } from "./lines-within.js";
import type { LineFile } from "./list-files.js";
import type { PointSink } from "./point-sink.js";
import { readPieces } from "./read-pieces.js";

/** No line may be longer. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Where a line begins: at which byte, and which one it is. */
export interface LinePlace {
  readonly byte: number;
  readonly line: number;
}

/** Where a file begins. */
export const TOP: LinePlace = { byte: 0, line: 1 };

/** Reads a file to its end into the sink and returns what it holds from a line on; with `only`, what its lines in that window hold (see `linesWithin`). */
export async function readFile(
  file: LineFile,
  sink: PointSink,
  signal: AbortSignal,
  only: Window | null = null,
  { byte, line }: LinePlace = TOP,
): Promise<FileFacts> {
  const parser = new LineParser(sink);
  parser.line = line;
  const feeder = new Feeder(sink.writer, (bytes, from, to, final) => parser.parse(bytes, from, to, final));
  const pieces = readPieces(file, signal, byte);
  for await (const piece of only === null ? pieces : linesWithin(pieces, only)) {
    if ((await feeder.feed(piece)) < LONGEST_LINE) continue;
    parser.giveUp(`it is longer than ${LONGEST_LINE} bytes`);
    return parser.facts;
  }
  await feeder.finish();
  return parser.facts;
}
