import { KpiError } from "../core/errors.js";
import type { Emit } from "../core/events.js";
import type { Workflow } from "../core/pipeline.js";
import { checkInside, checkRelations, hasChecksInside } from "./checks/check-relations.js";
import { dropSpan, type Extraction, extractSpan, loadSteps, transformSpan } from "./compute-span.js";
import { definitionOf } from "./definition.js";
import { loaderInput, loadStep } from "./load-step.js";
import { openScope } from "./open-scope.js";
import { ledgerError } from "./publish-span.js";
import { readOutputs } from "./read-outputs.js";
import type { Relations } from "./relation-table.js";
import { requireOwnTables } from "./require-own-tables.js";
import type { RunInHand } from "./run-in-hand.js";
import type { RunScope } from "./run-scope.js";
import { withSession } from "./session.js";
import { takeLock } from "./take-lock.js";
import { tryPublishing } from "./try-publishing.js";
import { whyStopped } from "./why-stopped.js";
import { type Attempt, appendAttempts, claimPipeline, newestWorkflowAttempt, registerTables } from "./write-ledger.js";

/** Runs a pipeline without windows once: every step on whatever its inputs hold, one transaction, one attempt without bounds in the ledger. */
export async function runWorkflow(pipeline: Workflow, run: RunInHand): Promise<void> {
  const warn = (code: string, message: string) => run.log.emit("warning", { code, message });
  await withSession(run.parts, pipeline, { id: run.id, folders: [run.folder], signal: run.signal, warn }, async (session) => {
    await using scope = await openScope(run.parts, session, pipeline, { ...run, grid: null, keep: run.options.keep ?? false });
    const lock = await takeLock(session.store, pipeline.stateName, {
      owner: `run ${run.id}`,
      ttl: run.parts.project.state.lockTtl,
      wait: () => run.options.wait ?? 0,
      signal: run.signal,
    });
    try {
      run.log.emit("run:start", { every: null, flow: pipeline.flow, windows: 0, from: null, to: null });
      await session.warehouse.read((open) => requireOwnTables(open, pipeline));
      await work(scope, pipeline, run);
    } finally {
      run.result.steps = scope.tally.reports(pipeline.steps);
      run.result.outputs = await readOutputs(scope.folders.scratch);
      await lock.release();
    }
  });
}

async function work(scope: RunScope, pipeline: Workflow, run: RunInHand): Promise<void> {
  let extraction: Extraction | null = null;
  try {
    extraction = await extractSpan(scope, null);
    await accept(scope, "extract", extraction.relations);
    const relations = await transformSpan(scope, extraction, null);
    await accept(scope, "other", relations);
    await tryPublishing(scope, () => publish(scope, pipeline, relations, run.options.allowEmpty ?? false, run.log.emit));
    await scope.keep.finished();
  } catch (thrown) {
    const error = whyStopped(thrown, scope.signal);
    await scope.keep.failed();
    if (error.scope === "window") await recordFailure(scope, pipeline, error);
    throw error;
  } finally {
    if (extraction !== null) await dropSpan(scope, extraction.schema);
  }
}

/** Throws what the checks of extractors, or of all other steps, find. */
async function accept(scope: RunScope, which: "extract" | "other", relations: Relations): Promise<void> {
  const steps = scope.steps.filter(({ role }) => (role === "extract") === (which === "extract"));
  for (const failure of (await checkRelations(scope, steps, relations, null)).values()) throw failure;
}

async function publish(scope: RunScope, pipeline: Workflow, relations: Relations, allowEmpty: boolean, emit: Emit): Promise<void> {
  const loads = loadSteps(pipeline.steps).map((step) => ({ step, input: loaderInput(step, relations) }));
  const ahead = async () => {
    for (const { step, input } of loads) {
      if (input === null) scope.tally.skip(step);
      else if (step.node.commit === "before") await loadStep(scope, step, input, null, null);
    }
  };
  const checked = hasChecksInside(scope.steps);
  if (!checked) await ahead();
  const inside = loads.filter(({ step, input }) => step.node.commit === "inside" && input !== null);
  const rows = inside.reduce((sum, { input }) => sum + (input?.rows ?? 0), 0);
  await scope.warehouse.publish(async (warehouse) => {
    await claimPipeline(warehouse, pipeline.name);
    if (checked) {
      await checkInside(scope, warehouse, relations, null);
      await ahead();
    }
    const newest = await newestWorkflowAttempt(warehouse, pipeline.name);
    if (inside.length > 0 && rows === 0 && (newest.rows ?? 0) > 0 && !allowEmpty) {
      throw new KpiError(
        "ROWS_REFUSED",
        `Cannot replace the ${newest.rows} rows of "${pipeline.name}" by none: no rows came out of its steps`,
        { hint: `If that is right: kpi run ${pipeline.name} --allow-empty` },
      );
    }
    const tables = new Map<string, string>();
    for (const { step, input } of inside) {
      await loadStep(scope, step, input, null, warehouse);
      const table = step.node.table(step.settings);
      if (table !== null) tables.set(table, step.id);
    }
    await registerTables(warehouse, pipeline.name, tables);
    const outputs = Object.fromEntries(
      inside.map(({ step, input }) => [step.node.table(step.settings) ?? step.id, { rows: input?.rows ?? 0 }]),
    );
    await appendAttempts(warehouse, facts(scope, pipeline), [attempt(newest.attempt + 1, { status: "loaded", rows, outputs })]);
  });
  if (inside.length > 0 && rows === 0) emit("warning", { code: "NO_ROWS_OUT", message: "No row came out of the steps" });
}

async function recordFailure(scope: RunScope, pipeline: Workflow, error: KpiError): Promise<void> {
  await scope.warehouse.publish(async (warehouse) => {
    await claimPipeline(warehouse, pipeline.name);
    const newest = await newestWorkflowAttempt(warehouse, pipeline.name);
    await appendAttempts(warehouse, facts(scope, pipeline), [
      attempt(newest.attempt + 1, { status: error.code === "ROWS_REFUSED" ? "refused" : "failed", error: ledgerError(error) }),
    ]);
  });
}

function facts(scope: RunScope, pipeline: Workflow) {
  return { pipeline: pipeline.name, definition: definitionOf(pipeline), runId: scope.id, at: scope.clock.now(), scrub: scope.scrub };
}

function attempt(number: number, outcome: Pick<Attempt, "status"> & Partial<Attempt>): Attempt {
  return {
    window: null,
    attempt: number,
    reason: "asked",
    sourceRows: null,
    rows: null,
    sources: null,
    outputs: null,
    error: null,
    ...outcome,
  };
}
