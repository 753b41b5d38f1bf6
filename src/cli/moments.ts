import type { Engine } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { Pipeline } from "../core/pipeline.js";
import type { Instant } from "../core/time.js";

/** Reads a moment as a person writes it for a pipeline. Throws USAGE; `what` says where it stood. */
export async function readMoment(engine: Engine, pipeline: Pipeline, what: string, text: string): Promise<Instant> {
  const moment = await engine.moment(pipeline, text);
  if (moment !== null) return moment;
  throw new KpiError("USAGE", `Cannot read ${what} "${text}": a time is expected`, {
    hint: "Times are written 2026-01-01T10:00:00Z, or 2026-01-01 for midnight in the pipeline's time zone",
  });
}

/** The two operands of `[pipeline] <hour>`, of which the first may be left out. Throws USAGE. */
export function pipelineAndHour(operands: readonly string[]): { pipeline: string | undefined; hour: string } {
  const [first, second] = operands;
  if (first === undefined) throw new KpiError("USAGE", "Cannot tell which hour is meant: none is given");
  return second === undefined ? { pipeline: undefined, hour: first } : { pipeline: first, hour: second };
}
