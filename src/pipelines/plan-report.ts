import type { PlanOptions } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { Pipeline, Step, WindowedPipeline } from "../core/pipeline.js";
import type { PlanDifference, PlanReport } from "../core/reports.js";
import { type Instant, toIso } from "../core/time.js";
import { type Span, toSpan, windowsBetween } from "../core/window.js";
import { outline } from "./backfill.js";
import { isStale, spansOf } from "./plan.js";
import { type Prepared, prepareWindows } from "./prepare-windows.js";
import { type EngineParts, type Session, withSession } from "./session.js";
import { uuidV7 } from "./uuid-v7.js";

/** What `run` would do, by the same code: no lock, nothing written. Throws what `run` would stop on before its first window. */
export async function planReport(parts: EngineParts, pipeline: Pipeline, options: PlanOptions): Promise<PlanReport> {
  const facts = { schema_version: 1, ok: true, pipeline: pipeline.name, flow: pipeline.flow } as const;
  if (pipeline.kind === "workflow") {
    if (options.difference !== undefined)
      throw new KpiError("USAGE", `Cannot show what "${pipeline.name}" would change: a workflow has no windows`);
    return {
      ...facts,
      cursor: null,
      horizon: null,
      windows: [],
      unsettled: [],
      stale: 0,
      steps: await steps(parts, pipeline, null, options),
    };
  }
  const session = { id: `plan-${uuidV7(Date.now())}`, folders: [], signal: options.signal, warn: () => undefined };
  const { prepared, difference } = await withSession(parts, pipeline, session, async (opened) => {
    const known = await prepareWindows(parts, opened, pipeline, options);
    return { prepared: known, difference: await differenceOf(parts, opened, pipeline, known, { ...options, id: session.id }) };
  });
  const { plan, prefix, horizon, grid, lateness } = prepared;
  const begins = outline(pipeline, options.range, options.range?.resume ?? null, prepared);
  const windows = plan.ranges.flatMap(({ from, to, reason }) =>
    [...windowsBetween(grid, from, to)].map((window) => ({ start: toIso(window.start), end: toIso(window.end), reason })),
  );
  return {
    ...facts,
    cursor: optionalIso(prefix.cursor),
    horizon: toIso(horizon),
    windows,
    unsettled: plan.unsettled.map(({ from, to, because }) => ({ start: toIso(from), end: toIso(to), because })),
    stale: plan.stale,
    ...staleBetween(prepared),
    ...(difference !== null && { difference }),
    ...(lateness.warnings.length > 0 && { warnings: lateness.warnings.map(({ message }) => message) }),
    ...(begins !== null && { backfill: begins }),
    steps: await steps(parts, pipeline, exampleSpan(pipeline, prepared), options),
  };
}

async function differenceOf(
  parts: EngineParts,
  session: Session,
  pipeline: WindowedPipeline,
  prepared: Prepared,
  options: PlanOptions & { readonly id: string },
): Promise<PlanDifference | null> {
  const { difference } = options;
  if (difference === undefined) return null;
  const { previewWindows } = await import("./preview/preview-windows.js");
  return previewWindows(parts, session, pipeline, prepared, { ...options, difference });
}

function staleBetween({ ledger }: Prepared): Pick<PlanReport, "stale_between"> {
  const stale = ledger.ranges.filter(isStale);
  const [first, last] = [stale[0], stale.at(-1)];
  return first === undefined || last === undefined ? {} : { stale_between: { from: toIso(first.from), to: toIso(last.to) } };
}

/** The span whose queries `--explain` shows: the first that is planned, else the last that settled. */
function exampleSpan(pipeline: WindowedPipeline, { plan, grid, horizon }: Prepared): Span {
  const [first] = spansOf(plan.ranges, grid, () => pipeline.batch);
  return toSpan(first ?? [{ start: grid.previous(horizon), end: horizon }]);
}

async function steps(
  parts: EngineParts,
  { steps: all }: Pipeline,
  span: Span | null,
  { explain, signal }: PlanOptions,
): Promise<PlanReport["steps"]> {
  const reports: PlanReport["steps"][number][] = [];
  for (const step of all) {
    const from = step.from.map((input) => (input.port === null ? input.step : `${input.step}.${input.port}`));
    reports.push({ id: step.id, type: step.node.type, from, query: explain === true ? await query(parts, step, span, signal) : null });
  }
  return reports;
}

async function query(parts: EngineParts, step: Step, span: Span | null, signal: AbortSignal): Promise<string | null> {
  if (step.role !== "extract" || step.node.explain === undefined) return null;
  await using connection = step.connection === null ? null : await parts.openConnection(step.connection);
  return await step.node.explain(step.settings, { span, connection: connection ?? undefined, signal });
}

function optionalIso(instant: Instant | null): string | null {
  return instant === null ? null : toIso(instant);
}
