import type { StateChange } from "../core/engine.js";
import { KpiError } from "../core/errors.js";
import type { Pipeline } from "../core/pipeline.js";
import type { StateReport } from "../core/reports.js";
import { type Instant, toIso } from "../core/time.js";
import { isProcessed } from "./ledger-range.js";
import { Prefix } from "./prefix.js";
import { beginOf } from "./prepare-windows.js";
import { type EngineParts, withSession } from "./session.js";
import { atDesk, type Desk, type Done, hourOf, readDesk, requireAligned, requireOver, sessionOptions, stateReport } from "./state/desk.js";
import { mark, markUpTo, reopen } from "./state/mark.js";

export async function showState(parts: EngineParts, pipeline: Pipeline): Promise<StateReport> {
  return withSession(parts, pipeline, sessionOptions(parts, "state"), (session) => stateReport(parts, session, pipeline));
}

/** Throws USAGE. */
export function setState(
  parts: EngineParts,
  pipeline: Pipeline,
  hour: Instant,
  { adopt, reason }: { readonly adopt: boolean; readonly reason: string | null },
): Promise<StateChange> {
  return atDesk(parts, pipeline, { verb: "set", reason }, (desk) => moveTo(desk, hour, adopt));
}

/** Reopens everything from an hour on; on an empty ledger it says where the prefix starts. */
export function resetState(
  parts: EngineParts,
  pipeline: Pipeline,
  from: Instant | null,
  { reason }: { readonly reason: string | null },
): Promise<StateChange> {
  return atDesk(parts, pipeline, { verb: "reset", reason }, (desk) => openFrom(desk, from));
}

/** Settles one window that cannot be loaded. */
export function skipWindow(
  parts: EngineParts,
  pipeline: Pipeline,
  hour: Instant,
  { reason }: { readonly reason: string },
): Promise<StateChange> {
  return atDesk(parts, pipeline, { verb: "skip", reason }, async (desk) => {
    requireAligned(desk, hour);
    const { grid, ledger, keeper } = desk;
    const firstHour = ledger.firstHour ?? hour;
    const known = ledger.ranges.find(({ from, to }) => hour >= from && hour < to);
    if (known !== undefined && isProcessed(known.status))
      throw new KpiError("USAGE", `Cannot skip "${toIso(hour)}": it is ${known.status} already`);
    await mark(desk, [{ start: hour, end: grid.next(hour), seen: known?.attempt ?? 0 }], "skipped", firstHour);
    const after = await readDesk(desk);
    await keeper.moveUp(new Prefix(grid, firstHour, after.ranges).cursor, firstHour);
    return { status: "skipped", windows: 1 };
  });
}

/**
 * Forward: what lies between the prefix and the hour is marked `skipped` (or `adopted`), ledger first. Back: what lies after it is reopened, store first.
 * `first` is where the prefix starts if nobody knows better. Throws USAGE.
 */
export async function moveTo(desk: Desk, hour: Instant, adopt: boolean, first: Instant | null = null): Promise<Done> {
  requireOver(desk, hour);
  const { grid, ledger, keeper } = desk;
  const stored = await keeper.read();
  const known = ledger.firstHour ?? first ?? hourOf(stored?.value.first_hour) ?? hour;
  const firstHour = Math.min(known, hour);
  const end = grid.next(hour);
  const status = adopt ? "adopted" : "skipped";
  const after = ledger.ranges.some(({ to, status }) => to > end && status !== "reopened");
  if (after) {
    await keeper.put({ last_processed_hour: toIso(hour), first_hour: toIso(firstHour) });
    const windows = await reopen(desk, end, firstHour);
    await markUpTo(desk, firstHour, end, status);
    return { status: "reopened", windows };
  }
  const windows = await markUpTo(desk, firstHour, end, status);
  await keeper.put({ last_processed_hour: toIso(hour), first_hour: toIso(firstHour) });
  return { status, windows };
}

/** Opens every window from an hour on again (null: from where the prefix starts). */
export async function openFrom(desk: Desk, from: Instant | null): Promise<Done> {
  const { grid, ledger, keeper } = desk;
  const stored = await keeper.read();
  const start = from ?? ledger.firstHour ?? hourOf(stored?.value.first_hour) ?? beginHour(desk);
  requireAligned(desk, start);
  const firstHour = ledger.ranges.length === 0 ? start : Math.min(ledger.firstHour ?? start, start);
  const prefix = new Prefix(grid, firstHour, ledger.ranges);
  const kept = prefix.cursor === null ? null : Math.min(prefix.cursor, grid.previous(start));
  await keeper.put({ last_processed_hour: kept === null || kept < firstHour ? null : toIso(kept), first_hour: toIso(firstHour) });
  return { status: "reopened", windows: await reopen(desk, start, firstHour) };
}

function beginHour({ pipeline, grid, parts }: Desk): Instant {
  return beginOf(pipeline, grid, grid.floor(parts.clock.now() - pipeline.settle));
}
