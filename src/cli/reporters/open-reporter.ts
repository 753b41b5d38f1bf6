import { hasColour, openPaint } from "../colour.js";
import type { Session } from "../session.js";
import { createLineReporter } from "./line-reporter.js";
import type { Reporter } from "./reporter.js";
import { openSpinnerReporter } from "./spinner-reporter.js";

/** The face that fits: JSON lines where asked for, a spinner on a terminal that can carry one, lines everywhere else. */
export async function openReporter({ host, flags, output }: Session): Promise<Reporter> {
  if (flags.events) return { listener: output.sayEvent, stop() {} };
  const colour = hasColour(host, host.stderr, flags.color !== false);
  const paint = await openPaint(colour);
  const { say, scrub } = output;
  if (flags.quiet) return createLineReporter("warnings", paint, say);
  const stream = host.stderr;
  if (hasSpinner(host, flags.json))
    return openSpinnerReporter({ stream, detail: flags.verbose ? "steps" : "troubles", paint, colour, say, scrub });
  return createLineReporter(flags.verbose ? "steps" : "spans", paint, say);
}

/** The progress alone, on a terminal that can carry a spinner; what happens is told by the result. */
export async function openProgress({ host, flags, output: { say, scrub } }: Session): Promise<Reporter> {
  if (flags.events || flags.quiet || !hasSpinner(host, flags.json)) return { listener() {}, stop() {} };
  const colour = hasColour(host, host.stderr, flags.color !== false);
  return openSpinnerReporter({ stream: host.stderr, detail: null, paint: await openPaint(colour), colour, say, scrub });
}

/** Some terminals say they have no columns (`script`, git hooks, `docker -t`): a spinner there would never end its first line. */
function hasSpinner({ stderr, env }: Session["host"], json = false): boolean {
  return stderr.isTTY === true && (stderr.columns ?? 0) > 0 && !env.CI && env.TERM !== "dumb" && !json;
}
