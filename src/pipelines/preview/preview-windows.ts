import type { DifferenceOptions } from "../../core/difference.js";
import type { PlanOptions } from "../../core/engine.js";
import type { Emit, RunEvent } from "../../core/events.js";
import type { Step, WindowedPipeline } from "../../core/pipeline.js";
import type { PlanDifference } from "../../core/reports.js";
import { toIso } from "../../core/time.js";
import { backfillBatch } from "../backfill-batch.js";
import { countWindows } from "../hours-ranges.js";
import { openScope } from "../open-scope.js";
import { backfillSpans, spansOf } from "../plan.js";
import type { Prepared } from "../prepare-windows.js";
import { runWindows, type WindowRun } from "../run-windows.js";
import type { EngineParts, Session } from "../session.js";
import { WindowTally } from "../window-tally.js";
import { compareVersions } from "./compare-versions.js";
import { openPreview } from "./open-preview.js";

/**
 * Does the windows of a plan as a run would, but publishes to a copy in the workspace, and compares that with what it was made from. Nothing is written but
 * in the session's scratch folder; steps that act outside the warehouse do nothing. Throws what stops a run, and USAGE for a key that does not fit.
 */
export async function previewWindows(
  parts: EngineParts,
  session: Session,
  pipeline: WindowedPipeline,
  prepared: Prepared,
  options: PlanOptions & { readonly id: string; readonly difference: DifferenceOptions },
): Promise<PlanDifference> {
  const { plan, grid, planInput, definition } = prepared;
  const { id, range, signal } = options;
  const warnings: string[] = [];
  const emit = listening(parts, pipeline, options, warnings);
  emit("run:start", { every: pipeline.every, flow: pipeline.flow, windows: countAll(prepared), from: null, to: null });
  const preview = await openPreview(session, pipeline, prepared, signal);
  const spans = range?.concurrency ?? 2;
  await using scope = await openScope(parts, session, pipeline, {
    ...{ id, folder: null, grid, keep: false, spans, tallies: prepared.lateness.tallies, log: { emit }, signal },
  });
  const windows = new WindowTally(emit);
  const run: WindowRun = {
    ...{ grid, pipeline, definition, planInput, spans, windows, allowEmpty: planInput.allowEmpty },
    ...{ startedAt: parts.clock.now(), prefix: prepared.prefix.copy(), stopOnFailure: range?.onFailure === "stop" },
    scope: { ...scope, warehouse: preview.warehouse, steps: pipeline.steps.filter(isInside).map(withoutEffect) },
    // no cursor is moved where there is no first hour
    ...{ firstHour: null, store: {}, cursor: { moveUp: async () => undefined }, turn: (work) => work() },
  };
  await runWindows(
    run,
    range === undefined
      ? spansOf(plan.ranges, grid, () => pipeline.batch)
      : backfillSpans(plan.ranges, grid, () => backfillBatch(pipeline, windows.reports), range.newestFirst ?? false),
  );
  const tables = await preview.warehouse.read(async (open) => {
    const compared: PlanDifference["tables"][number][] = [];
    for (const table of preview.tables) compared.push(await compareVersions(open, table, options.difference));
    return compared;
  });
  const left = pipeline.steps.filter((step) => !isInside(step) || withoutEffect(step) !== step).map((step) => step.id);
  return { windows: windows.reports, tables: tables ?? [], left_out: left, warnings };
}

function countAll({ plan, grid }: Prepared): number {
  return plan.ranges.reduce((sum, { from, to }) => sum + countWindows(grid, from, to), 0);
}

function isInside({ node, role }: Step): boolean {
  return role === "load" || node.effect !== "external";
}

/** A loader that writes elsewhere is there to be counted and checked; it loads nothing. */
function withoutEffect(step: Step): Step {
  if (step.role !== "load" || step.node.commit === "inside") return step;
  return { ...step, node: { ...step.node, load: async () => ({ rows: new Map() }) } };
}

/** Hands events on, numbered, and gathers the warnings. */
function listening(
  { clock }: EngineParts,
  pipeline: WindowedPipeline,
  { id, listeners = [] }: Pick<PlanOptions, "listeners"> & { readonly id: string },
  warnings: string[],
): Emit {
  let seq = 0;
  return (type, data, of = {}) => {
    seq += 1;
    const event = { v: 1, seq, ts: toIso(clock.now()), run: id, pipeline: pipeline.name, ...of, type, data } as RunEvent;
    if (event.type === "warning") warnings.push(event.data.message);
    for (const listener of listeners) listener(event);
  };
}
