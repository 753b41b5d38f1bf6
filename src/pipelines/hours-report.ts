import type { HoursOptions } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { Pipeline, WindowedPipeline } from "../core/pipeline.js";
import type { HourRange, HourStatus, HoursReport } from "../core/reports.js";
import { type Instant, toIso } from "../core/time.js";
import type { Grid } from "../core/window.js";
import { definitionOf } from "./definition.js";
import { fillGaps, type HoursRange, joinAlike, overlayRunning } from "./hours-ranges.js";
import { openGrid } from "./open-grid.js";
import { type LedgerHours, readHours } from "./read-hours.js";
import { readPipelineRow } from "./read-ledger.js";
import { requireGrid } from "./require-grid.js";
import { runningSpans } from "./running-windows.js";
import { type EngineParts, type Session, withSession } from "./session.js";
import { utcOffsets } from "./utc-offsets.js";
import { uuidV7 } from "./uuid-v7.js";

const DAY = 86_400_000;
const STATUSES = ["loaded", "empty", "skipped", "adopted", "failed", "missing", "running", "late", "stale", "not_replayable"] as const;

/** What became of a pipeline's hours: the ledger's ranges, what is missing between them, what a live run is at. Throws USAGE, GRID_CHANGED. */
export async function hoursReport(parts: EngineParts, pipeline: Pipeline, options: HoursOptions): Promise<HoursReport> {
  if (pipeline.kind === "workflow") throw new KpiError("USAGE", `Cannot show the hours of "${pipeline.name}": a workflow has no windows`);
  const grid = await openGrid(pipeline.every, pipeline.timezone);
  const horizon = grid.floor(parts.clock.now() - pipeline.settle);
  const bounds = boundsOf(options, grid, horizon);
  const session = { id: `hours-${uuidV7(Date.now())}`, folders: [], signal: options.signal, warn: () => undefined };
  const running = await runningSpans(parts, pipeline.name);
  const { hours, firstHour, cursor } = await withSession(parts, pipeline, session, (open) => read(open, pipeline, grid, bounds));
  const known =
    firstHour === null ? hours.ranges : fillGaps(hours.ranges, grid, Math.max(firstHour, bounds.from), Math.min(horizon, bounds.to));
  const ranges = joinAlike(overlayRunning(known, running, grid));
  return {
    ...{ schema_version: 1, ok: true, pipeline: pipeline.name, every: pipeline.every, timezone: pipeline.timezone },
    offsets: (await utcOffsets(pipeline.timezone, bounds.from, bounds.to)).map(({ from, minutes }) => ({ from: toIso(from), minutes })),
    ...{ from: toIso(bounds.from), to: toIso(bounds.to), last_processed_hour: cursor },
    ranges: ranges.map(toReport),
    usual_rows: hours.usualRows,
    sparse: sparseOf(hours),
    summary: summaryOf(ranges),
  };
}

interface Bounds {
  readonly from: Instant;
  readonly to: Instant;
}

/** Whole windows: a bound inside one takes all of it. */
function boundsOf({ from, to, last }: HoursOptions, grid: Grid, horizon: Instant): Bounds {
  const end = to === undefined ? horizon : ceiling(grid, to);
  const start = from === undefined ? startOfLast(last ?? { ms: (grid.every === "1d" ? 365 : 30) * DAY }, grid, end) : grid.floor(from);
  if (start < end) return { from: start, to: end };
  throw new KpiError("USAGE", `Cannot show hours from "${toIso(start)}" to "${toIso(end)}": there is none`);
}

function startOfLast(last: NonNullable<HoursOptions["last"]>, grid: Grid, end: Instant): Instant {
  if ("ms" in last) return grid.floor(end - last.ms);
  let start = end;
  for (let windows = last.windows; windows > 0; windows--) start = grid.previous(start);
  return start;
}

function ceiling(grid: Grid, instant: Instant): Instant {
  return grid.floor(instant) === instant ? instant : grid.next(instant);
}

interface Read {
  readonly hours: LedgerHours;
  readonly firstHour: Instant | null;
  readonly cursor: string | null;
}

async function read({ warehouse, store }: Session, pipeline: WindowedPipeline, grid: Grid, bounds: Bounds): Promise<Read> {
  const found = await warehouse.read(async (open) => {
    const row = await readPipelineRow(open, pipeline.name);
    const hours = await readHours(open, { pipeline: pipeline.name, definition: definitionOf(pipeline), ...bounds });
    if (hours.ranges.some(({ status }) => status !== "missing")) requireGrid(pipeline, grid, row.grid);
    return { hours, firstHour: row.firstHour };
  });
  const stored = await store.read(pipeline.stateName);
  return { ...(found ?? { hours: { ranges: [], usualRows: null }, firstHour: null }), cursor: stored?.value.last_processed_hour ?? null };
}

function toReport({ from, to, status, last, rows, windows }: HoursRange): HourRange {
  return { from: toIso(from), to: toIso(to), status, last_attempt_status: last, rows, windows };
}

function sparseOf({ ranges }: LedgerHours): HoursReport["sparse"] {
  return ranges.flatMap(({ from, to, quarters }) =>
    quarters === 0 || quarters === 1 || quarters === 2 ? [{ from: toIso(from), to: toIso(to), quarters }] : [],
  );
}

function summaryOf(ranges: readonly HoursRange[]): HoursReport["summary"] {
  const count = (fits: (range: HoursRange) => boolean) => ranges.filter(fits).reduce((sum, { windows }) => sum + windows, 0);
  const counts = STATUSES.map((status) => [status, count((range) => range.status === status)]);
  return {
    windows: count(() => true),
    ...(Object.fromEntries(counts) as Record<HourStatus, number>),
    last_attempt_failed: count(({ status, last }) => status !== "failed" && (last === "failed" || last === "refused")),
  };
}
