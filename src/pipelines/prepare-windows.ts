import type { BackfillRange } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { StoredState } from "../core/state-store.js";
import { type Instant, toIso } from "../core/time.js";
import type { Grid, Window } from "../core/window.js";
import type { BackfillFacts } from "./backfill-facts.js";
import { comparable } from "./count-recent.js";
import { definitionOf } from "./definition.js";
import { type Lateness, lateWindows, recentWindows } from "./late-windows.js";
import type { LedgerState } from "./ledger-range.js";
import { openGrid } from "./open-grid.js";
import { type Plan, type PlanInput, plan } from "./plan.js";
import { Prefix } from "./prefix.js";
import { readPast } from "./read-past.js";
import { requireNotAhead } from "./reconcile.js";
import type { EngineParts, Session } from "./session.js";

export interface PrepareOptions {
  readonly range?: BackfillRange | undefined;
  readonly until?: Instant | undefined;
  readonly maxWindows?: number | undefined;
  readonly allowEmpty?: boolean | undefined;
  /** These windows, in order, and no others, processed or not. */
  readonly again?: readonly Window[] | undefined;
  readonly signal: AbortSignal;
}

/** All that is known before the first window is touched. */
export interface Prepared {
  readonly grid: Grid;
  readonly definition: string;
  readonly ledger: LedgerState;
  readonly stored: StoredState | null;
  readonly firstHour: Instant;
  readonly horizon: Instant;
  readonly prefix: Prefix;
  readonly planInput: PlanInput;
  readonly plan: Plan;
  readonly lateness: Lateness;
  /** Nothing to know of in an ordinary run. */
  readonly backfill: BackfillFacts;
}

/**
 * Reads ledger and state, makes sure that they agree, asks the sources where late points count, and plans. Writes nothing.
 * Throws GRID_CHANGED, TABLE_OWNED, STATE_AHEAD, CLOCK_BEHIND and what warehouse, store and sources throw.
 */
export async function prepareWindows(
  parts: EngineParts,
  session: Session,
  pipeline: WindowedPipeline,
  options: PrepareOptions,
): Promise<Prepared> {
  const grid = await openGrid(pipeline.every, pipeline.timezone);
  const definition = definitionOf(pipeline);
  const { range, again, signal } = options;
  requireAligned(range, grid);
  const now = parts.clock.now();
  const settled = grid.floor(now - pipeline.settle);
  const horizon = Math.min(settled, grid.floor(range?.to ?? options.until ?? settled));
  const recent = again === undefined ? recentWindows(pipeline, { range, grid, horizon, settled }) : null;
  const past = await readPast(parts, session, pipeline, { grid, definition, range, recent, signal });
  const { stored, ledger, backfill } = past;
  const firstHour = ledger.firstHour ?? past.firstHour ?? beginOf(pipeline, grid, settled);
  const prefix = new Prefix(grid, firstHour, ledger.ranges);
  requireNotAhead({ pipeline: pipeline.name, stored: stored?.value ?? null, ledger: { ...ledger, cursor: prefix.cursor } });
  requireClockAhead(prefix.cursor, grid, now);
  const lateness = await lateWindows(pipeline, past, comparable({ recent, range }, firstHour));
  const planInput: PlanInput = {
    grid,
    ranges: ledger.ranges,
    from: range?.from ?? Math.min(firstHour, again?.[0]?.start ?? firstHour),
    rerun: again === undefined ? (range?.rerun ?? null) : "all",
    only: again,
    late: lateness.late,
    lookback: pipeline.lookback,
    done: backfill.done,
    newestFirst: options.range?.newestFirst ?? false,
    horizon,
    maxAttempts: pipeline.maxAttempts,
    maxWindows: options.maxWindows ?? Number.POSITIVE_INFINITY,
    allowEmpty: options.allowEmpty ?? pipeline.allowEmpty,
    onlyReplayable: hasPresentOnly(pipeline) ? grid.previous(settled) : null,
  };
  return { grid, definition, ledger, stored, firstHour, horizon, prefix, planInput, plan: plan(planInput), lateness, backfill };
}

function requireAligned(range: BackfillRange | undefined, grid: Grid): void {
  if (range === undefined) return;
  for (const bound of [range.from, range.to]) {
    if (grid.floor(bound) === bound) continue;
    const near = `${toIso(grid.floor(bound))} or ${toIso(grid.next(bound))}`;
    throw new KpiError("USAGE", `Cannot backfill from or to "${toIso(bound)}": no window of ${grid.every} starts there`, {
      hint: `Write ${near}`,
    });
  }
  if (range.from >= range.to)
    throw new KpiError("USAGE", `Cannot backfill from "${toIso(range.from)}" to "${toIso(range.to)}": the range is empty`);
}

/** Where a pipeline without history starts: at the last settled window, so long before, or at a moment. */
export function beginOf({ begin }: WindowedPipeline, grid: Grid, settled: Instant): Instant {
  if (begin.kind === "at") return grid.floor(begin.instant);
  return begin.kind === "ago" ? grid.floor(settled - begin.ms) : grid.previous(settled);
}

function requireClockAhead(cursor: Instant | null, grid: Grid, now: Instant): void {
  if (cursor === null || grid.next(cursor) <= now) return;
  throw new KpiError(
    "CLOCK_BEHIND",
    `Cannot run at "${toIso(now)}": the hour "${toIso(cursor)}" is processed already and has not ended by that clock`,
    {
      hint: "Check the machine's clock and --now; nothing was changed",
    },
  );
}

function hasPresentOnly({ steps }: WindowedPipeline): boolean {
  return steps.some((step) => step.role === "extract" && step.node.time(step.settings) === "now");
}
