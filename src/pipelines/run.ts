import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunOptions } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { Pipeline } from "../core/pipeline.js";
import type { ErrorReport, RunReport } from "../core/reports.js";
import { pruneRuns } from "./prune-runs.js";
import type { RunResult } from "./run-in-hand.js";
import { RunLog } from "./run-log.js";
import { runWindowed } from "./run-windowed.js";
import { runWorkflow } from "./run-workflow.js";
import type { EngineParts } from "./session.js";
import { uuidV7 } from "./uuid-v7.js";
import { whyStopped } from "./why-stopped.js";

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * Runs a pipeline once and reports. A failure is in the report, with the exit status that belongs to it; it throws only where there is no run yet to report:
 * USAGE for a run id that cannot be used, CANNOT_WRITE where the run's folder cannot be made.
 */
export async function run(parts: EngineParts, pipeline: Pipeline, options: RunOptions): Promise<RunReport> {
  const id = options.runId ?? uuidV7(Date.now());
  const folder = join(parts.project.root, ".kpi", "runs", id);
  requireNewId(id, folder);
  const started = performance.now();
  const log = new RunLog({
    run: id,
    pipeline: pipeline.name,
    folder,
    clock: parts.clock,
    process: parts.processes.self(),
    listeners: options.listeners,
    scrub: parts.scrub,
  });
  const signal = limited(options.signal, pipeline);
  const result: RunResult = { cursor: null, windows: [], steps: [], unsettled: null };
  let stopped: KpiError | null = null;
  try {
    const inHand = { parts, id, folder, log, signal, options, result };
    await (pipeline.kind === "windowed" ? runWindowed(pipeline, inHand) : runWorkflow(pipeline, inHand));
  } catch (thrown) {
    stopped = whyStopped(thrown, signal);
  }
  const report = toReport(pipeline.name, id, result, stopped, performance.now() - started);
  const lastPoints = result.lastPoints ?? null;
  if (options.range === undefined && pipeline.notify !== undefined) {
    const { notify } = await import("./notify.js");
    await notify(parts, { pipeline, report, lastPoints, signal: options.signal, emit: log.emit });
  }
  log.emit("run:end", { report, error: report.error ?? null });
  log.close();
  await pruneRuns(parts.project.root);
  return report;
}

function requireNewId(id: string, folder: string): void {
  if (!RUN_ID.test(id)) throw new KpiError("USAGE", `Cannot call a run "${id}": letters, digits, ".", "_" and "-" make an id`);
  if (existsSync(folder))
    throw new KpiError("USAGE", `Cannot call a run "${id}": there is a run of that id`, { hint: "Leave --run-id out, or give another" });
}

function limited(signal: AbortSignal, { maxDuration, name }: Pipeline): AbortSignal {
  if (maxDuration === null) return signal;
  const timer = new AbortController();
  const tooLong = () =>
    timer.abort(
      new KpiError("RUN_TOO_LONG", `Cannot go on with "${name}": max_duration of ${maxDuration / 1000} s is over`, {
        hint: "What was committed stays; the next run goes on from there",
      }),
    );
  setTimeout(tooLong, maxDuration).unref();
  return AbortSignal.any([signal, timer.signal]);
}

function errorReport(error: KpiError, window: string | null): ErrorReport {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    step: error.step ?? null,
    window,
    retryable: error.retryable,
  };
}

function toReport(pipeline: string, run: string, result: RunResult, stopped: KpiError | null, ms: number): RunReport {
  const failed = result.windows.find(({ error }) => error !== null)?.error ?? null;
  const error = failed ?? (stopped === null ? result.unsettled : errorReport(stopped, null));
  const { cursor, windows, steps, outputs, backfill } = result;
  const shape = {
    schema_version: 1,
    ok: error === null,
    pipeline,
    run,
    cursor,
    windows,
    steps,
    ms: Math.round(ms),
    ...(backfill && { backfill }),
    ...(outputs && { outputs }),
  } as const;
  return error === null ? { ...shape, exit: 0 } : { ...shape, error, exit: exitStatus(result, stopped, error) };
}

/** 130 and 143 tell of a signal whatever was done before; else 1 where something was done, else the first error's own. */
function exitStatus({ windows }: RunResult, stopped: KpiError | null, error: ErrorReport): number {
  if (stopped?.code === "INTERRUPTED" || stopped?.code === "TERMINATED") return stopped.exit;
  const done = windows.some(({ status }) => status === "loaded" || status === "empty" || status === "skipped");
  if (done || (stopped === null && windows.length === 0)) return 1;
  return new KpiError(error.code, error.message).exit;
}
