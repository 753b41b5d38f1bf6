import type { KpiError } from "../core/errors.js";
import type { Reason } from "../core/reports.js";
import type { Instant } from "../core/time.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import type { Window } from "../core/window.js";
import type { LoadStep } from "./compute-span.js";
import { loadStep } from "./load-step.js";
import type { RelationTable } from "./relation-table.js";
import type { RunScope } from "./run-scope.js";
import { type Attempt, appendAttempts, countUp, type NewestAttempt, newestAttempts, registerTables } from "./write-ledger.js";

/** A window as it is about to be published. */
export interface ComputedWindow extends Window {
  readonly reason: Reason;
  /** The newest attempt the plan knew of. */
  readonly seen: number;
  /** What the steps made of it; `refused` is found out while publishing. */
  readonly status: "loaded" | "empty" | "skipped" | "failed";
  readonly sourceRows: number;
  readonly sources: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** What made it fail. */
  readonly cause?: KpiError;
}

/** A window as it was published. */
export interface PublishedWindow extends Omit<ComputedWindow, "status"> {
  readonly status: ComputedWindow["status"] | "refused";
  readonly rows: number;
}

/** A loader with the relation it publishes and that relation's rows by window. */
export interface Load {
  readonly step: LoadStep;
  readonly input: RelationTable | null;
  readonly rows: ReadonlyMap<Instant, number>;
}

export interface SpanPublication {
  readonly definition: string;
  readonly allowEmpty: boolean;
  readonly windows: readonly ComputedWindow[];
  readonly loads: readonly Load[];
  /** Looks at published tables before anything is published, and throws what is wrong; null where there is nothing to look at. */
  readonly check: ((warehouse: OpenWarehouse) => Promise<void>) | null;
  /** Runs in the same transaction, after the attempts are written. */
  also(warehouse: OpenWarehouse, published: readonly PublishedWindow[]): Promise<void>;
}

/** Somebody else has published windows of the span since they were planned. Nothing was written. */
export class PlanOutdated extends Error {
  override readonly name = "PlanOutdated";
}

/**
 * Publishes a span in one transaction: counts up the pipeline's row, makes sure that the plan still holds, replaces the windows' rows, adds the attempts.
 * Throws PlanOutdated, and what the loaders throw; then nothing was written.
 */
export async function publishSpan(scope: RunScope, publication: SpanPublication): Promise<readonly PublishedWindow[]> {
  if (publication.check === null) await loadAhead(scope, publication);
  return scope.warehouse.publish(async (warehouse) => {
    await countUp(warehouse, scope.pipeline);
    const newest = await planStillHolds(scope, warehouse, publication.windows);
    if (publication.check !== null) {
      await publication.check(warehouse);
      await loadAhead(scope, publication);
    }
    const windows = publication.windows.map((window) => judge(window, publication, newest.get(window.start)));
    await runLoaders(scope, warehouse, publication.loads, windows, newest);
    await appendAttempts(
      warehouse,
      ledgerFacts(scope, publication.definition),
      windows.map((window) => attempt(window, publication.loads)),
    );
    await publication.also(warehouse, windows);
    return windows;
  });
}

async function loadAhead(scope: RunScope, { loads, windows }: SpanPublication): Promise<void> {
  for (const { step, input } of loads) {
    if (step.node.commit === "before" && input !== null) await loadStep(scope, step, input, withRows(windows), null);
  }
}

function ledgerFacts(scope: RunScope, definition: string) {
  return { pipeline: scope.pipeline, definition, runId: scope.id, at: scope.clock.now(), scrub: scope.scrub };
}

function withRows(windows: readonly ComputedWindow[]): Window[] {
  return windows.filter(({ status }) => status === "loaded");
}

async function planStillHolds(
  scope: RunScope,
  warehouse: OpenWarehouse,
  windows: readonly ComputedWindow[],
): Promise<ReadonlyMap<Instant, NewestAttempt>> {
  const start = Math.min(...windows.map((window) => window.start));
  const end = Math.max(...windows.map((window) => window.end));
  const newest = await newestAttempts(warehouse, scope.pipeline, { start, end });
  if (windows.some((window) => (newest.get(window.start)?.attempt ?? 0) !== window.seen))
    throw new PlanOutdated("windows of the span were published by another run");
  return newest;
}

/** The zero-row guard: rows are not replaced by none unless somebody said that they may. */
function judge(window: ComputedWindow, { loads, allowEmpty }: SpanPublication, newest: NewestAttempt | undefined): PublishedWindow {
  const rows = loads.reduce((sum, load) => sum + (load.rows.get(window.start) ?? 0), 0);
  const before = newest?.rows ?? 0;
  const replaces = window.status === "loaded" || window.status === "empty";
  if (!replaces || rows > 0 || before === 0 || allowEmpty) return { ...window, rows };
  const message = `Cannot replace the window's ${before} rows by none: ${window.status === "empty" ? "the source has no points for it" : "no rows came out of its steps"}`;
  return { ...window, rows: 0, status: "refused", error: { code: "ROWS_REFUSED", message } };
}

/** Loaders get the windows whose rows they are to replace; one without anything to publish or to remove is left out. */
async function runLoaders(
  scope: RunScope,
  warehouse: OpenWarehouse,
  loads: readonly Load[],
  windows: readonly PublishedWindow[],
  newest: ReadonlyMap<Instant, NewestAttempt>,
): Promise<void> {
  const replaced = windows.filter(({ status, start }) => status === "loaded" || (status === "empty" && (newest.get(start)?.rows ?? 0) > 0));
  const removes = replaced.some(({ start }) => (newest.get(start)?.rows ?? 0) > 0);
  const tables = new Map<string, string>();
  for (const { step, input } of loads) {
    if (step.node.commit !== "inside" || replaced.length === 0 || (input === null && !removes)) continue;
    await loadStep(scope, step, input, replaced, warehouse);
    const table = step.node.table(step.settings);
    if (table !== null && input !== null) tables.set(table, step.id);
  }
  await registerTables(warehouse, scope.pipeline, tables);
}

function attempt(window: PublishedWindow, loads: readonly Load[]): Attempt {
  const outputs = Object.fromEntries(
    loads.map(({ step, rows }) => [step.node.table(step.settings) ?? step.id, { rows: rows.get(window.start) ?? 0 }]),
  );
  const loaded = window.status === "loaded" || window.status === "empty";
  return {
    window: { start: window.start, end: window.end },
    attempt: window.seen + 1,
    status: window.status,
    reason: window.reason,
    sourceRows: window.sourceRows,
    rows: loaded || window.status === "refused" ? window.rows : null,
    sources: window.sources,
    outputs: loaded ? outputs : null,
    error: window.error,
  };
}

/** The error of a window or run as the ledger keeps it. */
export function ledgerError(error: KpiError): { code: string; message: string } {
  return { code: error.code, message: error.step === undefined ? error.message : `${error.step}: ${error.message}` };
}
