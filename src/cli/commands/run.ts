import { KpiError } from "../../core/errors.js";
import type { RunReport } from "../../core/reports.js";
import type { Command } from "../command.js";
import type { Flags } from "../grammar/flags.js";
import { formatRunSummary } from "../reporters/run-summary.js";
import { planAll, runAll } from "../run-all.js";
import { exitOf, runPipeline, toDocument } from "../run-pipeline.js";
import { plan } from "./plan.js";

/** `kpi run`: does the windows of a pipeline that are due, or those of all pipelines in turn. */
export const run: Command = async (session, [name]) => {
  const { flags } = session;
  checkFlags(flags, name);
  if (flags.dryRun) return flags.all ? planAll(session) : plan(session, name === undefined ? [] : [name]);
  if (flags.all) return runAll(session);
  const engine = await session.engine();
  const report = await runPipeline(session, engine, engine.pipeline(name));
  return {
    document: toDocument(report),
    exit: exitOf(report),
    render: (plain: RunReport, screen) => (plain.ok && flags.quiet ? "" : formatRunSummary(plain, screen)),
  };
};

function checkFlags({ all, runId }: Flags, name: string | undefined): void {
  if (!all) return;
  if (name !== undefined) throw new KpiError("USAGE", `Cannot run every pipeline and "${name}": one of --all and a name is too much`);
  if (runId !== undefined) throw new KpiError("USAGE", `Cannot give the run id "${runId}" to every pipeline: each run has its own`);
}
