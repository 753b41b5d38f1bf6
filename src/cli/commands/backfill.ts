import type { BackfillRange, Engine } from "../../core/engine.js";
import { KpiError } from "../../core/errors.js";
import type { Pipeline } from "../../core/pipeline.js";
import type { PlanReport, RunReport } from "../../core/reports.js";
import type { Command } from "../command.js";
import type { Flags } from "../grammar/flags.js";
import { makePlan } from "../make-plan.js";
import { readMoment } from "../moments.js";
import { formatPlan } from "../reporters/format-plan.js";
import { formatRunSummary } from "../reporters/run-summary.js";
import { exitOf, runPipeline, toDocument } from "../run-pipeline.js";

/** `kpi backfill`: does the windows of a stretch of time, whatever the cursor says. */
export const backfill: Command = async (session, [name]) => {
  const { flags } = session;
  const engine = await session.engine();
  const pipeline = engine.pipeline(name);
  if (pipeline.kind === "workflow") throw new KpiError("USAGE", `Cannot backfill "${pipeline.name}": a workflow has no windows`);
  const range = await readRange(engine, pipeline, flags);
  if (flags.dryRun) {
    const document = await makePlan(session, engine, pipeline, range);
    return { document, render: (plain: PlanReport, screen) => formatPlan(plain, screen) };
  }
  const report = await runPipeline(session, engine, pipeline, range);
  const render = (plain: RunReport, screen: Parameters<typeof formatRunSummary>[1]) =>
    plain.ok && flags.quiet ? "" : formatRunSummary(plain, screen);
  return { document: toDocument(report), exit: exitOf(report), render };
};

async function readRange(engine: Engine, pipeline: Pipeline, { from, to, rerun }: Flags): Promise<BackfillRange> {
  if (from === undefined || to === undefined) {
    throw new KpiError("USAGE", `Cannot tell which windows to backfill: ${from === undefined ? "--from" : "--to"} is not given`, {
      hint: `kpi backfill ${pipeline.name} --from 2026-01-01 --to 2026-02-01`,
    });
  }
  return {
    from: await readMoment(engine, pipeline, "--from", from),
    to: await readMoment(engine, pipeline, "--to", to),
    rerun: rerun ?? "missing",
  };
}
