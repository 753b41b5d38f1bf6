import type { BackfillRange } from "../core/engine.js";
import type { BackfillRecord } from "../core/reports.js";
import { toIso } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import type { Window } from "../core/window.js";
import { readBackfills, windowsDoneBy } from "./backfill-ledger.js";

/** What the warehouse knows of other backfills before one begins. */
export interface BackfillFacts {
  /** The newest backfill of the very same windows that has not ended; null for none, and for one that is gone on with. */
  readonly unfinished: BackfillRecord | null;
  /** What the backfill that is gone on with has done. */
  readonly done: readonly Window[];
}

export const NO_BACKFILL: BackfillFacts = { unfinished: null, done: [] };

/** Looks for backfills of the same windows, and for what the one that is gone on with has done: only `all` would do it again. */
export async function readBackfillFacts(open: OpenWarehouse, pipeline: string, range: BackfillRange): Promise<BackfillFacts> {
  if (range.resume !== undefined) return { unfinished: null, done: range.rerun === "all" ? await windowsDoneBy(open, range.resume) : [] };
  const same = (await readBackfills(open, pipeline)).find(
    ({ status, from, to, rerun }) =>
      status === "unfinished" && from === toIso(range.from) && to === toIso(range.to) && rerun === range.rerun,
  );
  return { unfinished: same ?? null, done: [] };
}
