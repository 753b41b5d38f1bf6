import type { Engine } from "../../core/engine.js";
import { KpiError } from "../../core/errors.js";
import type { Pipeline } from "../../core/pipeline.js";
import { type CompareReport, isDifferent, type VerifiedWindow, type VerifyOptions, type VerifyReport } from "../../core/verification.js";
import type { Window } from "../../core/window.js";
import type { Command } from "../command.js";
import { readMoment } from "../moments.js";
import { formatComparison } from "../reporters/format-comparison.js";
import { formatVerification } from "../reporters/format-verification.js";
import { runPipeline } from "../run-pipeline.js";
import type { Session } from "../session.js";
import { TOLERANCE } from "../tolerance.js";

/** `kpi verify`: source, ledger and warehouse, hour by hour; or the published table beside another one. */
export const verify: Command = async (session, [name]) => {
  const { against, key, tolerance = TOLERANCE, fix } = session.flags;
  requireFitting(session);
  const engine = await session.engine();
  const pipeline = engine.pipeline(name);
  const options = await readOptions(session, engine, pipeline);
  if (against !== undefined) {
    const document = await engine.compare(pipeline, { ...options, against, key, tolerance });
    return { document, exit: document.ok ? 0 : 1, render: (plain: CompareReport, screen) => formatComparison(plain, screen) };
  }
  const found = await engine.verify(pipeline, options);
  const document = fix === true && !found.ok ? await fixWindows(session, engine, pipeline, options, found) : found;
  return { document, exit: document.ok ? 0 : 1, render: (plain: VerifyReport, screen) => formatVerification(plain, screen) };
};

function requireFitting({ flags: { against, key, tolerance, fix } }: Session): void {
  if (against !== undefined && fix === true)
    throw new KpiError("USAGE", "Cannot fix what differs from another table: one of --fix and --against is too much");
  if (against === undefined && (key !== undefined || tolerance !== undefined))
    throw new KpiError("USAGE", `Cannot use ${key === undefined ? "--tolerance" : "--key"} alone: it belongs to --against`);
}

async function readOptions({ flags, signal }: Session, engine: Engine, pipeline: Pipeline): Promise<VerifyOptions> {
  const { from, to } = flags;
  return {
    from: from === undefined ? undefined : await readMoment(engine, pipeline, "--from", from),
    to: to === undefined ? undefined : await readMoment(engine, pipeline, "--to", to),
    signal,
  };
}

/** Does the windows that differ again, in one run, and looks once more. */
async function fixWindows(
  session: Session,
  engine: Engine,
  pipeline: Pipeline,
  options: VerifyOptions,
  { windows }: VerifyReport,
): Promise<VerifyReport> {
  const report = await runPipeline(session, engine, pipeline, undefined, stretches(windows.filter(isDifferent)));
  const { error } = report;
  if (error !== undefined && report.windows.length === 0)
    throw new KpiError(error.code, error.message, { hint: error.hint ?? undefined, step: error.step ?? undefined });
  return { ...(await engine.verify(pipeline, options)), fixed: { windows: report.windows.length, run: report.run } };
}

/** Adjacent windows as one. */
function stretches(windows: readonly VerifiedWindow[]): Window[] {
  const joined: Window[] = [];
  for (const window of windows) {
    const [start, end] = [Date.parse(window.start), Date.parse(window.end)];
    const last = joined.at(-1);
    if (last?.end === start) joined[joined.length - 1] = { start: last.start, end };
    else joined.push({ start, end });
  }
  return joined;
}
