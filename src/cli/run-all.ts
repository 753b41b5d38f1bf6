import type { Engine } from "../core/engine.js";
import { KpiError, toKpiError } from "../core/errors.js";
import type { Pipeline } from "../core/pipeline.js";
import type { ErrorReport, PlanReport, RunReport } from "../core/reports.js";
import type { Result } from "./command.js";
import { toErrorReport } from "./error-report.js";
import { makePlan } from "./make-plan.js";
import { nextStep } from "./next-step.js";
import { formatError } from "./reporters/format-error.js";
import { formatPlan } from "./reporters/format-plan.js";
import { formatRunSummary } from "./reporters/run-summary.js";
import { exitOf, runPipeline, toDocument } from "./run-pipeline.js";
import type { Session } from "./session.js";

/** A run that ended before there was anything to report. */
interface BrokenRun {
  readonly ok: false;
  readonly pipeline: string;
  readonly error: ErrorReport;
}

interface Ending {
  readonly exit: number;
  readonly document: Omit<RunReport, "exit"> | BrokenRun;
}

interface AllRuns {
  readonly ok: boolean;
  readonly error?: ErrorReport;
  readonly runs: readonly Ending["document"][];
}

/** Runs every windowed pipeline in turn; one that fails does not keep the others from theirs. Workflows run only when asked for by name. */
export async function runAll(session: Session): Promise<Result<AllRuns>> {
  const engine = await session.engine();
  const endings: Ending[] = [];
  for (const pipeline of windowedPipelines(engine)) {
    if (!session.signal.aborted) endings.push(await runOne(session, engine, pipeline));
  }
  const exit = exitOfAll(endings, session.signal);
  const error = endings.find(({ document }) => !document.ok)?.document.error;
  return {
    document: { ok: exit === 0, runs: endings.map(({ document }) => document), ...(error ? { error } : {}) },
    exit,
    render: ({ ok, runs }, { paint, width }) =>
      ok && session.flags.quiet
        ? ""
        : runs
            .map((run) =>
              "run" in run
                ? formatRunSummary(run, { paint, width })
                : `${paint.red("✖")} ${paint.bold(run.pipeline)}: not run\n${formatError(run.error, paint, nextStep(run.error, `kpi run ${run.pipeline}`))}`,
            )
            .join(""),
  };
}

/** Plans every windowed pipeline. */
export async function planAll(session: Session): Promise<Result<{ readonly ok: true; readonly plans: readonly PlanReport[] }>> {
  const engine = await session.engine();
  const plans: PlanReport[] = [];
  for (const pipeline of windowedPipelines(engine)) plans.push(await makePlan(session, engine, pipeline));
  return { document: { ok: true, plans }, render: (plain, screen) => plain.plans.map((plan) => formatPlan(plan, screen)).join("\n") };
}

async function runOne(session: Session, engine: Engine, pipeline: Pipeline): Promise<Ending> {
  try {
    const report = await runPipeline(session, engine, pipeline);
    return { exit: exitOf(report), document: toDocument(report) };
  } catch (thrown) {
    const error = toKpiError(thrown);
    return { exit: error.exit, document: { ok: false, pipeline: pipeline.name, error: toErrorReport(error) } };
  }
}

/** 0 when all went well, the signal's when stopped, 1 when some went well, else the first one's own. */
function exitOfAll(endings: readonly Ending[], signal: AbortSignal): number {
  if (signal.aborted) return toKpiError(signal.reason).exit;
  const failed = endings.filter(({ exit }) => exit !== 0);
  return failed.length > 0 && failed.length < endings.length ? 1 : (failed[0]?.exit ?? 0);
}

function windowedPipelines(engine: Engine): Pipeline[] {
  const windowed = [...engine.project.pipelines.values()].filter(({ kind }) => kind === "windowed");
  if (windowed.length > 0) return windowed;
  throw new KpiError("USAGE", "Cannot run every pipeline: none has `every`", {
    hint: "A workflow runs when asked for by name: kpi run NAME",
  });
}
