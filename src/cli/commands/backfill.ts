import type { BackfillRange, Engine } from "../../core/engine.js";
import { KpiError } from "../../core/errors.js";
import type { Pipeline } from "../../core/pipeline.js";
import type { BackfillRecord, PlanReport, RunReport } from "../../core/reports.js";
import type { Command } from "../command.js";
import type { Flags } from "../grammar/flags.js";
import { makePlan } from "../make-plan.js";
import { readMoment } from "../moments.js";
import { formatPlan } from "../reporters/format-plan.js";
import { formatRunSummary } from "../reporters/run-summary.js";
import { exitOf, runPipeline, toDocument } from "../run-pipeline.js";
import type { Session } from "../session.js";

/** `kpi backfill`: does the windows of a stretch of time, whatever the cursor says. */
export const backfill: Command = async (session, [name]) => {
  const { flags } = session;
  if (!flags.dryRun && [flags.diff, flags.key, flags.tolerance].some((given) => given !== undefined))
    throw new KpiError("USAGE", "Cannot show what a backfill would change while it is done: --diff belongs to --dry-run");
  const engine = await session.engine();
  const pipeline = engine.pipeline(name);
  if (pipeline.kind === "workflow") throw new KpiError("USAGE", `Cannot backfill "${pipeline.name}": a workflow has no windows`);
  const range = await readRange(session, engine, pipeline);
  if (flags.dryRun) {
    const document = await makePlan(session, engine, pipeline, range);
    return { document, render: (plain: PlanReport, screen) => formatPlan(plain, screen) };
  }
  const report = await runPipeline(session, engine, pipeline, range);
  const render = (plain: RunReport, screen: Parameters<typeof formatRunSummary>[1]) =>
    plain.ok && flags.quiet ? "" : formatRunSummary(plain, screen, "backfill");
  return { document: toDocument(report), exit: exitOf(report), render };
};

async function readRange({ flags, signal }: Session, engine: Engine, pipeline: Pipeline): Promise<BackfillRange> {
  const { concurrency, newestFirst, onFailure, anew } = flags;
  if (flags.resume !== undefined) {
    const { id, from, to, rerun, newest_first, on_failure } = await readRecord(engine, pipeline, flags, signal);
    const bounds = { from: Date.parse(from), to: Date.parse(to) };
    return { ...bounds, rerun, resume: id, concurrency, newestFirst: newestFirst ?? newest_first, onFailure: onFailure ?? on_failure };
  }
  const { from, to, rerun = "missing" } = flags;
  if (from === undefined || to === undefined) {
    throw new KpiError("USAGE", `Cannot tell which windows to backfill: ${from === undefined ? "--from" : "--to"} is not given`, {
      hint: `kpi backfill ${pipeline.name} --from 2026-01-01 --to 2026-02-01`,
    });
  }
  return {
    from: await readMoment(engine, pipeline, "--from", from),
    to: await readMoment(engine, pipeline, "--to", to),
    ...{ rerun, concurrency, newestFirst, onFailure, anew },
  };
}

/** The unfinished backfill that is meant. Throws USAGE. */
async function readRecord(engine: Engine, pipeline: Pipeline, flags: Flags, signal: AbortSignal): Promise<BackfillRecord> {
  const { resume = "last", from, to, rerun, anew } = flags;
  if ([from, to, rerun, anew].some((given) => given !== undefined))
    throw new KpiError("USAGE", `Cannot go on with "${resume}" and choose other windows: --resume does those it began with`);
  const record = await engine.backfill(pipeline, resume, signal);
  if (record.status === "unfinished") return record;
  throw new KpiError("USAGE", `Cannot go on with the backfill "${record.id}": it is ${record.status}`, {
    hint: `Do its windows again: kpi backfill ${pipeline.name} --from ${record.from} --to ${record.to} --rerun all`,
  });
}
