import type { BackfillRange } from "../core/engine.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { StoredState } from "../core/state-store.js";
import type { Instant } from "../core/time.js";
import type { Grid, Window } from "../core/window.js";
import { type BackfillFacts, NO_BACKFILL, readBackfillFacts } from "./backfill-facts.js";
import { type Counted, comparable, countRecent } from "./count-recent.js";
import { EMPTY_LEDGER, type LedgerState } from "./ledger-range.js";
import { readLedger } from "./read-ledger.js";
import { type KeptSources, readSources } from "./read-sources.js";
import { requireGrid } from "./require-grid.js";
import { requireOwnTables } from "./require-own-tables.js";
import type { EngineParts, Session } from "./session.js";

interface PastQuestion {
  readonly grid: Grid;
  readonly definition: string;
  readonly range: BackfillRange | undefined;
  /** The windows whose sources are compared with the ledger; null where none are. */
  readonly recent: Window | null;
  readonly signal: AbortSignal;
}

/** What is known of a pipeline's earlier runs. */
export interface Past {
  readonly stored: StoredState | null;
  /** Where the prefix starts, as the store says it. */
  readonly firstHour: Instant | null;
  readonly ledger: LedgerState;
  readonly backfill: BackfillFacts;
  /** What the ledger keeps of the sources of the recent windows. */
  readonly kept: readonly KeptSources[];
  /** Counts what the sources hold of recent windows, where that has not been done already. Throws what `countRecent` throws. */
  count(recent: Window): Promise<Counted>;
}

/**
 * Reads state and ledger, the warehouse being opened once. Where there is a past, the sources count the recent windows meanwhile.
 * Throws GRID_CHANGED, TABLE_OWNED and what warehouse and store throw.
 */
export async function readPast(parts: EngineParts, session: Session, pipeline: WindowedPipeline, question: PastQuestion): Promise<Past> {
  const stored = await session.store.read(pipeline.stateName);
  const firstHour = storedFirstHour(stored, question.grid);
  const stop = new AbortController();
  const signal = AbortSignal.any([question.signal, stop.signal]);
  const ask = (recent: Window) => countRecent(parts, session, pipeline, { recent, grid: question.grid, signal });
  // where no run has been, the ledger must tell first whether there is anything to compare with
  const ahead = firstHour === null ? null : comparable(question, firstHour);
  const counting = ahead === null ? null : ask(ahead);
  const counted = Promise.allSettled([counting]);
  try {
    const found = await readWarehouse(session, pipeline, question);
    await counted;
    const count = (recent: Window) => (counting !== null && ahead !== null && ahead.start <= recent.start ? counting : ask(recent));
    return { stored, firstHour, ...found, count };
  } catch (thrown) {
    stop.abort();
    await counted;
    throw thrown;
  }
}

function storedFirstHour(stored: StoredState | null, grid: Grid): Instant | null {
  const text = stored?.value.first_hour ?? null;
  const instant = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(instant) ? null : grid.floor(instant);
}

async function readWarehouse(
  { warehouse }: Session,
  pipeline: WindowedPipeline,
  { grid, definition, range, recent }: PastQuestion,
): Promise<Pick<Past, "ledger" | "backfill" | "kept">> {
  const found = await warehouse.read(async (open) => {
    await requireOwnTables(open, pipeline);
    return {
      ledger: await readLedger(open, pipeline.name, definition),
      backfill: range === undefined ? NO_BACKFILL : await readBackfillFacts(open, pipeline.name, range),
      kept: recent === null ? [] : await readSources(open, pipeline.name, definition, recent),
    };
  });
  if (found?.ledger.ranges.some(({ status }) => status !== "reopened") === true) requireGrid(pipeline, grid, found.ledger.grid);
  return found ?? { ledger: EMPTY_LEDGER, backfill: NO_BACKFILL, kept: [] };
}
