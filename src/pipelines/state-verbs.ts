import type { StateChange } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { Pipeline, WindowedPipeline } from "../core/pipeline.js";
import type { StateReport } from "../core/reports.js";
import { timestampLiteral } from "../core/sql.js";
import { type Instant, toIso } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import { type Grid, windowsBetween } from "../core/window.js";
import { CursorKeeper } from "./cursor-keeper.js";
import { definitionOf } from "./definition.js";
import { EMPTY_LEDGER, isProcessed, type LedgerState } from "./ledger-range.js";
import { ledgerSchema } from "./ledger-schema.js";
import { type MarkedWindow, type Marks, markWindows } from "./mark-windows.js";
import { gridName, openGrid } from "./open-grid.js";
import { Prefix } from "./prefix.js";
import { beginOf } from "./prepare-windows.js";
import { readLedger } from "./read-ledger.js";
import { type EngineParts, type Session, withSession } from "./session.js";
import { takeLock } from "./take-lock.js";
import { uuidV7 } from "./uuid-v7.js";
import { claimPipeline } from "./write-ledger.js";

/** What the verbs share: the pipeline's grid and ledger, under its lock. */
interface Desk {
  readonly pipeline: WindowedPipeline;
  readonly session: Session;
  readonly grid: Grid;
  readonly ledger: LedgerState;
  readonly definition: string;
  readonly keeper: CursorKeeper;
  readonly parts: EngineParts;
}

export async function showState(parts: EngineParts, pipeline: Pipeline): Promise<StateReport> {
  return withSession(parts, pipeline, sessionOptions("state"), (session) => stateReport(parts, session, pipeline));
}

/** Forward: what lies between the prefix and the hour is marked `skipped` (or `adopted`), ledger first. Back: what lies after it is reopened, store first. Throws USAGE. */
export async function setState(
  parts: EngineParts,
  pipeline: Pipeline,
  hour: Instant,
  options: { readonly adopt: boolean; readonly reason: string | null },
): Promise<StateChange> {
  return atDesk(parts, pipeline, async (desk) => {
    requireAligned(desk, hour);
    const { grid, ledger, keeper } = desk;
    if (grid.next(hour) > parts.clock.now())
      throw new KpiError("USAGE", `Cannot set the state to "${toIso(hour)}": that hour has not ended yet`);
    const stored = await keeper.read();
    const known = ledger.firstHour ?? hourOf(stored?.value.first_hour ?? null) ?? hour;
    const firstHour = Math.min(known, hour);
    const end = grid.next(hour);
    const after = ledger.ranges.some(({ to, status }) => to > end && status !== "reopened");
    if (after) {
      await keeper.put({ last_processed_hour: toIso(hour), first_hour: toIso(firstHour) });
      const windows = await reopen(desk, end, firstHour, options.reason);
      await markUpTo(desk, firstHour, end, options);
      return { status: "reopened", windows };
    }
    const windows = await markUpTo(desk, firstHour, end, options);
    await keeper.put({ last_processed_hour: toIso(hour), first_hour: toIso(firstHour) });
    return { status: options.adopt ? "adopted" : "skipped", windows };
  });
}

/** Reopens everything from an hour on; on an empty ledger it says where the prefix starts. */
export async function resetState(
  parts: EngineParts,
  pipeline: Pipeline,
  from: Instant | null,
  options: { readonly reason: string | null },
): Promise<StateChange> {
  return atDesk(parts, pipeline, async (desk) => {
    const { grid, ledger, keeper } = desk;
    const stored = await keeper.read();
    const start = from ?? ledger.firstHour ?? hourOf(stored?.value.first_hour ?? null) ?? beginHour(desk);
    requireAligned(desk, start);
    const firstHour = ledger.ranges.length === 0 ? start : Math.min(ledger.firstHour ?? start, start);
    const prefix = new Prefix(grid, firstHour, ledger.ranges);
    const kept = prefix.cursor === null ? null : Math.min(prefix.cursor, grid.previous(start));
    await keeper.put({ last_processed_hour: kept === null || kept < firstHour ? null : toIso(kept), first_hour: toIso(firstHour) });
    return { status: "reopened", windows: await reopen(desk, start, firstHour, options.reason) };
  });
}

/** Settles one window that cannot be loaded. */
export async function skipWindow(
  parts: EngineParts,
  pipeline: Pipeline,
  hour: Instant,
  options: { readonly reason: string },
): Promise<StateChange> {
  return atDesk(parts, pipeline, async (desk) => {
    requireAligned(desk, hour);
    const { grid, ledger, keeper } = desk;
    const firstHour = ledger.firstHour ?? hour;
    const known = ledger.ranges.find(({ from, to }) => hour >= from && hour < to);
    if (known !== undefined && isProcessed(known.status))
      throw new KpiError("USAGE", `Cannot skip "${toIso(hour)}": it is ${known.status} already`);
    await mark(desk, [{ start: hour, end: grid.next(hour), seen: known?.attempt ?? 0 }], "skipped", firstHour, options.reason);
    const after = await readDesk(desk);
    await keeper.moveUp(new Prefix(grid, firstHour, after.ranges).cursor, firstHour);
    return { status: "skipped", windows: 1 };
  });
}

async function atDesk(parts: EngineParts, pipeline: Pipeline, work: (desk: Desk) => Promise<StateChange["marked"]>): Promise<StateChange> {
  if (pipeline.kind === "workflow") throw new KpiError("USAGE", `Cannot change the state of "${pipeline.name}": a workflow has no cursor`);
  const id = uuidV7(Date.now());
  const options = sessionOptions(id);
  return withSession(parts, pipeline, options, async (session) => {
    const lock = await takeLock(session.store, pipeline.stateName, {
      owner: `kpi state ${id}`,
      ttl: parts.project.state.lockTtl,
      wait: () => 0,
      signal: options.signal,
    });
    try {
      const grid = await openGrid(pipeline.every, pipeline.timezone);
      const desk = {
        parts,
        pipeline,
        session,
        grid,
        ledger: EMPTY_LEDGER,
        definition: definitionOf(pipeline),
        keeper: new CursorKeeper(session.store, pipeline.stateName, "kpi state"),
      };
      const marked = await work({ ...desk, ledger: await readDesk(desk) });
      return { state: await stateReport(parts, session, pipeline), marked };
    } finally {
      await lock.release();
    }
  });
}

function readDesk({ session, pipeline, definition }: Omit<Desk, "ledger">): Promise<LedgerState> {
  return session.warehouse.read((open) => readLedger(open, pipeline.name, definition)).then((ledger) => ledger ?? EMPTY_LEDGER);
}

/** Marks every window of `[from, to)` that is not processed. */
async function markUpTo(
  desk: Desk,
  from: Instant,
  to: Instant,
  { adopt, reason }: { readonly adopt: boolean; readonly reason: string | null },
): Promise<number> {
  const open = [...windowsBetween(desk.grid, from, to)].flatMap((window) => {
    const known = desk.ledger.ranges.find((range) => window.start >= range.from && window.start < range.to);
    return known !== undefined && isProcessed(known.status) ? [] : [{ ...window, seen: known?.attempt ?? 0 }];
  });
  await mark(desk, open, adopt ? "adopted" : "skipped", from, reason);
  return open.length;
}

async function mark(
  desk: Desk,
  windows: readonly MarkedWindow[],
  status: Marks["status"],
  firstHour: Instant,
  reason: string | null,
): Promise<void> {
  const marks = { pipeline: desk.pipeline.name, status, reason, at: desk.parts.clock.now() };
  await publish(desk, firstHour, (open) => markWindows(open, windows, marks));
}

/** Appends `reopened` to every window from an hour on. Their rows stay until they are replaced. */
async function reopen(desk: Desk, from: Instant, firstHour: Instant, reason: string | null): Promise<number> {
  let windows = 0;
  await publish(desk, firstHour, async (open: OpenWarehouse) => {
    const schema = ledgerSchema(open);
    windows = await open.db.run(
      `INSERT INTO ${schema}.attempts SELECT pipeline, window_start, window_end, attempt + 1, 'reopened', 'asked', NULL, NULL, NULL, NULL, NULL, NULL, $2::VARCHAR, NULL, ${timestampLiteral(desk.parts.clock.now())}
       FROM ${schema}.windows WHERE pipeline = $1 AND window_start >= ${timestampLiteral(from)} AND (status <> 'reopened' OR last_attempt_status <> 'reopened')`,
      [desk.pipeline.name, reason],
    );
  });
  return windows;
}

async function publish(desk: Desk, firstHour: Instant, work: (open: OpenWarehouse) => Promise<void>): Promise<void> {
  const { warehouse } = desk.session;
  await warehouse.publish(async (open) => {
    await claimPipeline(open, desk.pipeline.name, { grid: gridName(desk.grid), firstHour });
    await work(open);
  });
}

async function stateReport({ project }: EngineParts, { store }: Session, pipeline: Pipeline): Promise<StateReport> {
  const stored = await store.read(pipeline.stateName);
  return {
    schema_version: 1,
    ok: true,
    pipeline: pipeline.name,
    last_processed_hour: stored?.value.last_processed_hour ?? null,
    first_hour: stored?.value.first_hour ?? null,
    store: project.state.store,
    version: stored?.version ?? null,
    updated_at: stored?.updated_at ?? null,
    updated_by: stored?.updated_by ?? null,
  };
}

function requireAligned({ grid, pipeline }: Desk, hour: Instant): void {
  if (grid.floor(hour) === hour) return;
  throw new KpiError(
    "USAGE",
    `Cannot use "${toIso(hour)}" for "${pipeline.name}": windows of ${pipeline.every} start at ${toIso(grid.floor(hour))} and ${toIso(grid.next(hour))}`,
  );
}

function hourOf(text: string | null): Instant | null {
  return text === null ? null : Date.parse(text);
}

function beginHour({ pipeline, grid, parts }: Desk): Instant {
  return beginOf(pipeline, grid, grid.floor(parts.clock.now() - pipeline.settle));
}

function sessionOptions(id: string) {
  return { id: `state-${id}-${process.pid}`, folders: [], signal: new AbortController().signal, warn: () => undefined };
}
