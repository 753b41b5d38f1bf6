import type { DifferenceOptions } from "../core/difference.js";
import type { BackfillRange, Engine } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { Pipeline } from "../core/pipeline.js";
import type { PlanReport } from "../core/reports.js";
import type { Flags } from "./grammar/flags.js";
import { readMoment } from "./moments.js";
import { openProgress } from "./reporters/open-reporter.js";
import type { Session } from "./session.js";
import { TOLERANCE } from "./tolerance.js";

/** Plans one pipeline as the flags say: what a run would do, or a backfill of a range. */
export async function makePlan(session: Session, engine: Engine, pipeline: Pipeline, range?: BackfillRange): Promise<PlanReport> {
  const { flags, signal } = session;
  const difference = readDifference(flags);
  const until = flags.until === undefined ? undefined : await readMoment(engine, pipeline, "--until", flags.until);
  const { maxWindows, allowEmpty, explain } = flags;
  const options = { range, until, maxWindows, allowEmpty, explain, difference, signal };
  if (difference === undefined) return engine.plan(pipeline, options);
  const progress = await openProgress(session);
  try {
    return await engine.plan(pipeline, { ...options, listeners: [progress.listener] });
  } finally {
    progress.stop();
  }
}

function readDifference({ diff, key, tolerance }: Flags): DifferenceOptions | undefined {
  if (diff === true) return { key, tolerance: tolerance ?? TOLERANCE };
  if (key === undefined && tolerance === undefined) return undefined;
  throw new KpiError("USAGE", `Cannot use ${key === undefined ? "--tolerance" : "--key"} alone: it belongs to --diff`);
}
