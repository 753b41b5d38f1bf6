import type { BackfillRange } from "../core/engine.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { Instant } from "../core/time.js";
import { type Grid, toSpan, type Window, windowsBetween } from "../core/window.js";
import type { EngineParts, Session } from "./session.js";
import { countSources } from "./source-tallies.js";
import type { SourceTallies } from "./with-tally.js";

/** What the sources counted, and what is to be said about it. */
export interface Counted {
  readonly tallies: SourceTallies;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Asks the sources what they count in recent windows: sums too where those are compared. Throws what `countSources` throws. */
export async function countRecent(
  parts: EngineParts,
  session: Session,
  pipeline: WindowedPipeline,
  { recent, grid, signal }: { readonly recent: Window; readonly grid: Grid; readonly signal: AbortSignal },
): Promise<Counted> {
  const warnings: Counted["warnings"][number][] = [];
  const tallies = await countSources(parts, session, pipeline, {
    span: toSpan([...windowsBetween(grid, recent.start, recent.end)]),
    ...{ sums: pipeline.late?.by === "sum", exact: false, signal, warn: (code, message) => warnings.push({ code, message }) },
  });
  return { tallies, warnings };
}

/** What of the recent windows is compared: a backfill goes back further than the first hour. */
export function comparable(
  { recent, range }: { readonly recent: Window | null; readonly range: BackfillRange | undefined },
  firstHour: Instant,
): Window | null {
  if (recent === null || range !== undefined) return recent;
  const start = Math.max(recent.start, firstHour);
  return start < recent.end ? { start, end: recent.end } : null;
}
