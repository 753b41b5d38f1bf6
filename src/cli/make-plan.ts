import type { BackfillRange, Engine } from "../core/engine.js";
import type { Pipeline } from "../core/pipeline.js";
import type { PlanReport } from "../core/reports.js";
import { readMoment } from "./moments.js";
import type { Session } from "./session.js";

/** Plans one pipeline as the flags say: what a run would do, or a backfill of a range. */
export async function makePlan({ flags, signal }: Session, engine: Engine, pipeline: Pipeline, range?: BackfillRange): Promise<PlanReport> {
  const until = flags.until === undefined ? undefined : await readMoment(engine, pipeline, "--until", flags.until);
  const { maxWindows, allowEmpty, explain } = flags;
  return engine.plan(pipeline, { range, until, maxWindows, allowEmpty, explain, signal });
}
