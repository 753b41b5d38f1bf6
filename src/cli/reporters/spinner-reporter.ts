import type { Paint } from "../colour.js";
import type { Host } from "../host.js";
import { truncate } from "../text/display-width.js";
import { Progress } from "./progress.js";
import type { Reporter } from "./reporter.js";
import { createRunLines, type Detail } from "./run-lines.js";

interface Face {
  readonly stream: Host["stderr"];
  /** Null: nothing is printed above. */
  readonly detail: Detail | null;
  readonly paint: Paint;
  readonly colour: boolean;
  readonly say: (text: string) => void;
  readonly scrub: (text: string) => string;
}

/** Turns a wheel with the run's progress beside it; what has to stay is printed above. */
export async function openSpinnerReporter({ stream, detail, paint, colour, say, scrub }: Face): Promise<Reporter> {
  const { default: ora } = await import("ora");
  const lines = detail === null ? () => "" : createRunLines(detail, paint);
  const progress = new Progress();
  const spinner = ora({ text: "planning", stream, color: colour ? "cyan" : false, discardStdin: false, isEnabled: true }).start();
  return {
    listener(event) {
      progress.update(event);
      const text = lines(event);
      if (text !== "") {
        spinner.clear();
        say(text);
      }
      spinner.text = truncate(scrub(progress.text()), (stream.columns ?? 80) - 3);
    },
    stop: () => spinner.stop(),
  };
}
