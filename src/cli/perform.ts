import { toKpiError } from "../core/errors.js";
import { hasColour, openPaint } from "./colour.js";
import type { Command, Result } from "./command.js";
import type { Session } from "./session.js";
import { mapStrings } from "./text/map-strings.js";
import { plainText } from "./text/plain-text.js";

/** The exit status of `plan --detailed-exitcode` that says: there is something to do. */
export const PENDING = 10;

/** Carries a command out, closes the session and prints the result: on stdout, or for a person on stderr where it is a failure. Gives the exit status. */
export async function perform(command: Command, session: Session, operands: readonly string[]): Promise<number> {
  const result = await closing(session, () => command(session, operands));
  const exit = result.exit ?? 0;
  await print(result, session, exit !== 0 && exit !== PENDING && result.diagnosis !== true);
  return exit;
}

/** What goes wrong while closing after a failure is told beside it, never instead of it. */
async function closing(session: Session, work: () => Promise<Result>): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (thrown) {
    await session.close().catch((second: unknown) => session.diagnostics.error(toKpiError(second), "kpi"));
    throw thrown;
  }
  await session.close();
  return result;
}

async function print({ document, render }: Result, { host, flags, output }: Session, failed: boolean): Promise<void> {
  if (flags.json) output.document({ schema_version: 1, ...document });
  if (failed ? flags.events : flags.json) return;
  const stream = failed ? host.stderr : host.stdout;
  const paint = await openPaint(hasColour(host, stream, flags.color !== false));
  const width = stream.isTTY && stream.columns ? stream.columns : Number.POSITIVE_INFINITY;
  const text = render(mapStrings(document, plainText), { paint, width });
  if (failed) output.say(text);
  else output.result(text);
}
