import { KpiError } from "../core/errors.js";
import type { WindowedPipeline } from "../core/pipeline.js";
import type { PipelineState, StateStore } from "../core/state-store.js";
import { type Instant, toIso } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import { type Grid, toSpan } from "../core/window.js";
import { allSettled } from "./all-settled.js";
import { dropSpan, type Extraction, extractSpan } from "./compute-span.js";
import { type Computed, computeWindows } from "./compute-windows.js";
import type { CursorKeeper } from "./cursor-keeper.js";
import { type PlanInput, type PlannedWindow, plan, spansOf } from "./plan.js";
import type { Prefix } from "./prefix.js";
import { type ComputedWindow, ledgerError, PlanOutdated, type PublishedWindow, publishSpan } from "./publish-span.js";
import { readLedger } from "./read-ledger.js";
import type { RunScope } from "./run-scope.js";
import { tryPublishing } from "./try-publishing.js";
import { whyStopped } from "./why-stopped.js";
import type { WindowTally } from "./window-tally.js";
import { recordRun } from "./write-ledger.js";

/** How often a span is planned again because others publish the same windows. */
const MOST_REPLANS = 5;

export interface WindowRun {
  readonly scope: RunScope;
  readonly grid: Grid;
  readonly pipeline: WindowedPipeline;
  readonly definition: string;
  readonly allowEmpty: boolean;
  /** Whether a window that failed ends the run. */
  readonly stopOnFailure: boolean;
  /** How many spans may be in memory at once, those that wait to be published included. */
  readonly spans: number;
  readonly planInput: PlanInput;
  readonly startedAt: Instant;
  /** The processed prefix; grows with each commit. */
  readonly prefix: Prefix;
  /** Where the prefix starts; null where only a run may say so, and this is a backfill. */
  readonly firstHour: Instant | null;
  /** A backfill holds the pipeline's lock only here. */
  turn<Result>(work: () => Promise<Result>): Promise<Result>;
  readonly cursor: Pick<CursorKeeper, "moveUp">;
  readonly store: Pick<StateStore, "writeInside">;
  readonly windows: WindowTally;
}

/** What became of a span in the workspace; `schema` is what it left there, if anything. */
type Made =
  | { readonly ok: true; readonly schema: string; readonly computed: Computed }
  | { readonly ok: false; readonly schema: string; readonly error: KpiError };

interface Ahead {
  readonly windows: readonly PlannedWindow[];
  /** Never rejects: a failure waits until its span's turn. */
  readonly made: Promise<Made>;
}

/**
 * Handles a plan's spans in order; the next ones are extracted and transformed while one is published. Resolves to whether it came to the end: false where a
 * window that failed was to stop it. Throws what else stops the run.
 */
export async function runWindows(run: WindowRun, planned: Iterable<readonly PlannedWindow[]>): Promise<boolean> {
  const spans = planned[Symbol.iterator]();
  const inHand: Ahead[] = [];
  let upcoming = spans.next();
  const fill = () => {
    for (; upcoming.done !== true && inHand.length < run.spans; upcoming = spans.next()) inHand.push(begin(run, upcoming.value));
  };
  try {
    for (fill(); ; fill()) {
      const ahead = inHand.shift();
      if (ahead === undefined) return true;
      const last = inHand.length === 0 && upcoming.done === true;
      await handle(run, ahead, last, 0);
      if (run.stopOnFailure && !last && run.windows.hasFailed) {
        run.scope.emit("warning", {
          code: "STOPPED_ON_FAILURE",
          message: "A window failed, and --on-failure stop leaves the others undone",
        });
        return false;
      }
    }
  } finally {
    // whatever ends this: nobody may close the workspace under a span that is still being made
    await allSettled(inHand.map((ahead) => abandon(run, ahead)));
  }
}

function begin({ scope }: WindowRun, windows: readonly PlannedWindow[]): Ahead {
  const span = toSpan(windows);
  scope.emit("span:start", { start: toIso(span.start), end: toIso(span.end), windows: windows.length });
  const replayable = windows[0]?.replayable !== false;
  const extracted = replayable ? extractSpan(scope, span) : Promise.resolve({ schema: "", relations: new Map(), counts: new Map() });
  return { windows, made: make(scope, windows, extracted) };
}

async function make(scope: RunScope, windows: readonly PlannedWindow[], extracted: Promise<Extraction>): Promise<Made> {
  let schema = "";
  try {
    const extraction = await extracted;
    schema = extraction.schema;
    scope.signal.throwIfAborted();
    return { ok: true, schema, computed: await computeWindows(scope, windows, extraction) };
  } catch (thrown) {
    return { ok: false, schema, error: whyStopped(thrown, scope.signal) };
  }
}

async function abandon({ scope }: WindowRun, ahead: Ahead): Promise<void> {
  const { schema } = await ahead.made;
  if (schema !== "") await dropSpan(scope, schema);
}

async function handle(run: WindowRun, ahead: Ahead, last: boolean, replans: number): Promise<void> {
  const { windows } = ahead;
  const made = await ahead.made;
  try {
    run.scope.signal.throwIfAborted();
    if (!made.ok) throw made.error;
    await publish(run, made.computed, last);
    if (last) await run.scope.keep.finished();
  } catch (thrown) {
    if (thrown instanceof PlanOutdated) return await replan(run, windows, last, replans);
    if (windows.length === 1) await run.scope.keep.failed();
    await settleFailure(run, windows, whyStopped(thrown, run.scope.signal), last, replans);
  } finally {
    if (made.schema !== "") await dropSpan(run.scope, made.schema);
  }
}

/** A failure of the world stops the run. One of a span's own is narrowed down to its batches, then to its windows, and marks those that fail alone. */
async function settleFailure(
  run: WindowRun,
  windows: readonly PlannedWindow[],
  error: KpiError,
  last: boolean,
  replans: number,
): Promise<void> {
  if (error.scope === "world") throw error;
  const [only, ...others] = windows;
  if (only === undefined || others.length > 0) {
    const size = windows.length > run.pipeline.batch ? run.pipeline.batch : 1;
    for (let from = 0; from < windows.length; from += size)
      await handleNow(run, windows.slice(from, from + size), last && from + size >= windows.length, replans);
    return;
  }
  const failed: ComputedWindow = { ...only, status: "failed", sourceRows: 0, sources: null, error: ledgerError(error), cause: error };
  try {
    await publish(run, { windows: [failed], loads: [], check: null }, last);
  } catch (thrown) {
    if (!(thrown instanceof PlanOutdated)) throw thrown;
    await replan(run, windows, last, replans);
  }
}

async function handleNow(run: WindowRun, windows: readonly PlannedWindow[], last: boolean, replans: number): Promise<void> {
  await handle(run, begin(run, windows), last, replans);
}

/** Others have published windows of the span: what is still to do of it is planned afresh. */
async function replan(run: WindowRun, windows: readonly PlannedWindow[], last: boolean, replans: number): Promise<void> {
  if (replans >= MOST_REPLANS)
    throw new KpiError("PUBLISH_CONFLICT", `Cannot publish "${run.pipeline.name}": others keep publishing the same windows`);
  const { start, end } = toSpan(windows);
  const ledger = await run.scope.warehouse.read((warehouse) => readLedger(warehouse, run.pipeline.name, run.definition));
  const ranges = ledger?.ranges ?? [];
  for (const range of ranges)
    if (range.status !== "failed" && range.status !== "reopened") run.prefix.add({ start: range.from, end: range.to });
  const again = plan({ ...run.planInput, ranges, from: start, horizon: end, maxWindows: Number.POSITIVE_INFINITY });
  const spans = [...spansOf(again.ranges, run.grid, () => run.pipeline.batch)];
  for (const span of spans) await handleNow(run, span, last && span === spans.at(-1), replans + 1);
}

async function publish(run: WindowRun, computed: Computed, last: boolean): Promise<void> {
  try {
    // each try in a turn of its own: between two of them others may publish
    run.windows.add(await tryPublishing(run.scope, () => run.turn(() => publishAndMoveUp(run, computed, last))));
  } catch (thrown) {
    if (!(thrown instanceof PlanOutdated) && whyStopped(thrown, run.scope.signal).scope === "world") tellUnrecorded(run, computed);
    throw thrown;
  }
}

/** What failed would be lost with the ledger's row of it. */
function tellUnrecorded({ scope }: WindowRun, { windows }: Computed): void {
  for (const { start, status, error } of windows) {
    if (status === "failed" && error !== null)
      scope.emit("warning", { code: error.code, message: `${toIso(start)} failed and could not be marked so: ${error.message}` });
  }
}

async function publishAndMoveUp(run: WindowRun, computed: Computed, last: boolean): Promise<readonly PublishedWindow[]> {
  const published = await publishSpan(run.scope, {
    definition: run.definition,
    allowEmpty: run.allowEmpty,
    ...computed,
    also: (warehouse, windows) => alsoInside(run, warehouse, windows, last),
  });
  advance(run.prefix, published);
  if (run.store.writeInside === undefined && run.firstHour !== null) await run.cursor.moveUp(run.prefix.cursor, run.firstHour);
  return published;
}

/** What else commits with the rows: the cursor of a store inside the warehouse, and with the last span the run's own row. */
async function alsoInside(run: WindowRun, warehouse: OpenWarehouse, published: readonly PublishedWindow[], last: boolean): Promise<void> {
  const { scope, store, pipeline } = run;
  if (store.writeInside !== undefined && run.firstHour !== null) {
    const ahead = run.prefix.copy();
    advance(ahead, published);
    const value: PipelineState = {
      last_processed_hour: ahead.cursor === null ? null : toIso(ahead.cursor),
      first_hour: toIso(run.firstHour),
    };
    await store.writeInside(warehouse.db, warehouse.catalog, pipeline.stateName, value, scope.id);
  }
  if (last) {
    const counts = run.windows.counts(published);
    await recordRun(warehouse, { id: scope.id, pipeline: pipeline.name, startedAt: run.startedAt, at: scope.clock.now(), ...counts });
  }
}

function advance(prefix: Prefix, published: readonly PublishedWindow[]): void {
  for (const window of published) if (window.status !== "failed" && window.status !== "refused") prefix.add(window);
}
