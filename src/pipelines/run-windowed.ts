import { ERRORS, type ErrorCode } from "../core/errors.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { ErrorReport } from "../core/reports.js";
import { type Instant, toIso } from "../core/time.js";
import type { Grid, Window } from "../core/window.js";
import { type OpenBackfill, openBackfill, outline } from "./backfill.js";
import { backfillBatch } from "./backfill-batch.js";
import { CursorKeeper } from "./cursor-keeper.js";
import { countWindows } from "./hours-ranges.js";
import { gridName } from "./open-grid.js";
import { openScope } from "./open-scope.js";
import { backfillSpans, spansOf, type UnsettledRange } from "./plan.js";
import { type Prepared, prepareWindows } from "./prepare-windows.js";
import { lastError, lastPoints } from "./read-ledger.js";
import type { RunInHand } from "./run-in-hand.js";
import { runWindows, type WindowRun } from "./run-windows.js";
import { type Session, withSession } from "./session.js";
import { type Turns, takeTurns } from "./turns.js";
import { WindowTally } from "./window-tally.js";
import { claimPipeline } from "./write-ledger.js";

/** In MiB: two spans of some days, so that they need not go to disk and back. */
const BACKFILL_MEMORY = 192;

/** Does the windows that are due: lock, reconcile, plan, spans, cursor, unlock. */
export async function runWindowed(pipeline: WindowedPipeline, run: RunInHand): Promise<void> {
  const warn = (code: string, message: string) => run.log.emit("warning", { code, message });
  await withSession(run.parts, pipeline, { id: run.id, folders: [run.folder], signal: run.signal, warn }, async (session) => {
    await using turns = await takeTurns(pipeline, run, session.store);
    await work(pipeline, run, session, turns);
  });
}

async function work(pipeline: WindowedPipeline, run: RunInHand, session: Session, turns: Turns): Promise<void> {
  const { parts, log, options, result } = run;
  const { turn } = turns;
  const startedAt = parts.clock.now();
  const prepared = await prepareWindows(parts, session, pipeline, options);
  const { grid, plan, prefix, ledger } = prepared;
  const firstHour = options.range === undefined || ledger.firstHour !== null ? prepared.firstHour : null;
  const backfill = openBackfill(pipeline, run, prepared.backfill, session, turns);
  const keeper = new CursorKeeper(session.store, pipeline.stateName, run.id);
  if (ledger.firstHour !== null) await keeper.moveUp(prefix.cursor, ledger.firstHour);
  await using scope = await openScope(parts, session, pipeline, {
    ...run,
    grid,
    planned: boundsOf(plan.ranges),
    keep: options.keep ?? false,
    spans: options.range?.concurrency ?? 2,
    tallies: prepared.lateness.tallies,
  });
  if (options.range !== undefined) await session.workspace.allow(BACKFILL_MEMORY);
  const windows = new WindowTally(log.emit);
  const due = plan.ranges.length > 0;
  try {
    announce(pipeline, run, prepared);
    if (backfill !== null && due) result.backfill = { id: backfill.id, status: "unfinished" };
    const known = ledger.grid === gridName(grid) && (ledger.firstHour !== null || firstHour === null);
    if (due && (!known || backfill !== null)) await turn(() => remember(session, pipeline, grid, firstHour, backfill));
    const windowRun: WindowRun = {
      ...{ scope, grid, pipeline, startedAt, prefix, firstHour, windows, turn, cursor: keeper, store: session.store },
      ...{
        stopOnFailure: options.range?.onFailure === "stop",
        spans: options.range?.concurrency ?? 2,
        definition: prepared.definition,
        planInput: prepared.planInput,
        allowEmpty: prepared.planInput.allowEmpty,
      },
    };
    const spans =
      options.range === undefined
        ? spansOf(plan.ranges, grid, () => pipeline.batch)
        : backfillSpans(plan.ranges, grid, () => backfillBatch(pipeline, windows.reports), options.range.newestFirst ?? false);
    const whole = await runWindows(windowRun, spans);
    const settled = whole && options.maxWindows === undefined && windows.reports.every(({ error }) => error === null);
    if (backfill !== null && settled && (due || options.range?.resume !== undefined)) {
      await backfill.finish();
      result.backfill = { id: backfill.id, status: "done" };
    }
  } finally {
    result.cursor = prefix.cursor === null || firstHour === null ? null : toIso(prefix.cursor);
    result.windows = windows.reports;
    result.steps = scope.tally.reports(pipeline.steps);
  }
  if (pipeline.notify?.some(({ silence }) => silence !== null))
    result.lastPoints = (await session.warehouse.read((open) => lastPoints(open, pipeline.name))) ?? firstHour;
  result.unsettled = await unsettledError(session, pipeline, plan.unsettled);
}

/** Where the prefix starts, and a backfill, are remembered before anything is extracted: a run that dies half-way must not move the one nor lose the other. */
async function remember(
  { warehouse }: Session,
  { name }: WindowedPipeline,
  grid: Grid,
  firstHour: Instant | null,
  backfill: OpenBackfill | null,
): Promise<void> {
  await warehouse.publish(async (open) => {
    await claimPipeline(open, name, { grid: gridName(grid), ...(firstHour !== null && { firstHour }) });
    await backfill?.begin(open);
  });
}

/** The bounds of what is planned; null where most of what lies between them is not. */
function boundsOf(ranges: Prepared["plan"]["ranges"]): Window | null {
  let [start, end, planned] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const { from, to } of ranges) {
    [start, end] = [Math.min(start, from), Math.max(end, to)];
    planned += to - from;
  }
  return planned * 2 > end - start ? { start, end } : null;
}

function announce(pipeline: WindowedPipeline, { id, log, options }: RunInHand, prepared: Prepared): void {
  const { plan, grid, horizon, firstHour } = prepared;
  const first = plan.ranges[0];
  const last = plan.ranges.at(-1);
  const count = plan.ranges.reduce((sum, { from, to }) => sum + countWindows(grid, from, to), 0);
  const bounds = { from: first === undefined ? null : toIso(first.from), to: last === undefined ? null : toIso(last.to) };
  log.emit("run:start", { every: pipeline.every, flow: pipeline.flow, windows: count, ...bounds });
  const begins = outline(pipeline, options.range, count === 0 ? null : (options.range?.resume ?? id), prepared);
  if (begins !== null) log.emit("backfill:start", begins);
  const warn = (code: string, message: string) => log.emit("warning", { code, message });
  for (const { code, message } of prepared.lateness.warnings) warn(code, message);
  for (const range of plan.unsettled)
    warn(
      "UNSETTLED",
      `${toIso(range.from)} … ${toIso(range.to)}: left alone (${range.because}); to settle: ${howToSettle(pipeline, range)}`,
    );
  // a backfill has said how many there are, and may be about to do them
  if (plan.stale > 0 && options.range === undefined) {
    const windows = plan.stale === 1 ? "1 window, left as it is, was" : `${plan.stale} windows, left as they are, were`;
    warn("STALE", `${windows} computed under an older definition of the pipeline`);
  }
  const end = options.range?.to ?? options.until;
  if (end !== undefined && end > horizon)
    warn("NOT_SETTLED", `Windows from ${toIso(Math.max(horizon, firstHour))} on have not settled yet and are left out`);
}

async function unsettledError(
  { warehouse }: Session,
  pipeline: WindowedPipeline,
  unsettled: readonly UnsettledRange[],
): Promise<ErrorReport | null> {
  const [first] = unsettled;
  if (first === undefined) return null;
  const window = toIso(first.from);
  const found = await warehouse.read((open) => lastError(open, pipeline.name, first.from));
  const code: ErrorCode = found !== null && found.code in ERRORS ? (found.code as ErrorCode) : "STEP_FAILED";
  const hint = `To settle it: ${howToSettle(pipeline, first)}`;
  return { code, message: found?.message ?? `The window is unsettled: ${first.because}`, hint, step: null, window, retryable: false };
}

function howToSettle({ name }: WindowedPipeline, { from, to, because }: UnsettledRange): string {
  if (because === "refused") return `if that is right, kpi run ${name} --allow-empty`;
  const again = `kpi backfill ${name} --from ${toIso(from)} --to ${toIso(to)} --rerun failed`;
  return `once it is mended, ${again}; or to give it up, kpi state skip ${name} ${toIso(from)} --reason …`;
}
