import { parseDuration } from "../../core/time.js";
import { LONGEST_WAIT } from "./grammar.js";

/** Gives a bare `--wait` its duration, so that it does not take the pipeline's name after it for one. */
export function spellOutWait(argv: readonly string[]): string[] {
  return argv.map((word, index) => (word === "--wait" && parseDuration(argv[index + 1] ?? "") === null ? `--wait=${LONGEST_WAIT}` : word));
}
