import type { Paint } from "../colour.js";
import { Progress } from "./progress.js";
import type { Reporter } from "./reporter.js";
import { createRunLines, type Detail } from "./run-lines.js";

/** How long nothing may be said, in ms. */
const HEARTBEAT = 30_000;

/** Prints a line for each span that has ended, and a sign of life where that takes long. */
export function createLineReporter(detail: Detail, paint: Paint, say: (text: string) => void): Reporter {
  const lines = createRunLines(detail, paint);
  const progress = new Progress();
  const heartbeat = setInterval(() => {
    if (detail !== "warnings") say(`  still working: ${progress.text()}\n`);
  }, HEARTBEAT);
  heartbeat.unref();
  return {
    listener(event) {
      progress.update(event);
      const text = lines(event);
      if (text === "") return;
      say(text);
      heartbeat.refresh();
    },
    stop: () => clearInterval(heartbeat),
  };
}
