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

/** Reads a file to its end into the sink and returns what it holds; with `only`, what its lines in that window hold (see `linesWithin`). */
export async function readFile(file: LineFile, sink: PointSink, signal: AbortSignal, only: Window | null = null): Promise<FileFacts> {
  const parser = new LineParser(sink);
  const feeder = new Feeder(sink.writer, (bytes, from, to, final) => parser.parse(bytes, from, to, final));
  const pieces = readPieces(file, signal);
  for await (const piece of only === null ? pieces : linesWithin(pieces, only)) {
    if ((await feeder.feed(piece)) < LONGEST_LINE) continue;
    parser.giveUp(`it is longer than ${LONGEST_LINE} bytes`);
    return parser.facts;
  }
  await feeder.finish();
  return parser.facts;
}
