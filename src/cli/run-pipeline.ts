import type { BackfillRange, Engine } from "../core/engine.js";
import type { Pipeline } from "../core/pipeline.js";
import type { RunReport } from "../core/reports.js";
import type { Window } from "../core/window.js";
import { readMoment } from "./moments.js";
import { openReporter } from "./reporters/open-reporter.js";
import type { Session } from "./session.js";

/** Runs one pipeline as the flags say, under the reporter that fits: what is due, a backfill's range, or certain windows again. */
export async function runPipeline(
  session: Session,
  engine: Engine,
  pipeline: Pipeline,
  range?: BackfillRange,
  again?: readonly Window[],
): Promise<RunReport> {
  const { flags, signal } = session;
  const until = flags.until === undefined ? undefined : await readMoment(engine, pipeline, "--until", flags.until);
  const { maxWindows, allowEmpty, keep, runId, wait } = flags;
  const reporter = await openReporter(session);
  try {
    const listeners = [reporter.listener];
    return await engine.run(pipeline, { listeners, signal, range, again, until, maxWindows, allowEmpty, keep, runId, wait });
  } finally {
    reporter.stop();
  }
}

export function exitOf({ exit, ok }: RunReport): number {
  return exit ?? (ok ? 0 : 1);
}

/** The report as it is printed: its exit status is the process's. */
export function toDocument({ exit, ...document }: RunReport): Omit<RunReport, "exit"> {
  return document;
}
