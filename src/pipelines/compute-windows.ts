import { KpiError } from "../core/errors.js";
import type { Step } from "../core/pipeline.js";
import { qualify } from "../core/sql.js";
import type { OpenWarehouse } from "../core/warehouse.js";
import { type Span, toSpan } from "../core/window.js";
import { type CheckFailures, checkInside, checkRelations, hasChecksInside } from "./checks/check-relations.js";
import { type Extraction, loadSteps, sourceRows, sourcesOf, transformSpan } from "./compute-span.js";
import { loaderInput } from "./load-step.js";
import type { PlannedWindow } from "./plan.js";
import { type ComputedWindow, type Load, ledgerError } from "./publish-span.js";
import { inWindows, type Relations, type RelationTable, rowsByWindow } from "./relation-table.js";
import type { RunScope } from "./run-scope.js";

/** What became of a span's windows in the workspace, ready to be published. */
export interface Computed {
  readonly windows: readonly ComputedWindow[];
  readonly loads: readonly Load[];
  /** The checks that read published tables; null where there are none. */
  readonly check: ((warehouse: OpenWarehouse) => Promise<void>) | null;
}

/** Turns what was extracted into relations and checks them; windows without a point, or without a past to ask, skip the steps, as do those whose points fail. */
export async function computeWindows(scope: RunScope, planned: readonly PlannedWindow[], extraction: Extraction): Promise<Computed> {
  const span = toSpan(planned);
  const [extractors, others] = [scope.steps.filter(isExtractor), scope.steps.filter((step) => !isExtractor(step))];
  const found = planned.map((window) => outcome(window, extraction));
  const wanted = await accept(scope, extractors, extraction.relations, found);
  const relations = loaded(wanted).length === 0 ? new Map() : await transformSpan(scope, extraction, reduce(span, wanted));
  const windows = await accept(scope, others, relations, wanted);
  if (windows.some(({ status }) => status === "failed")) await scope.keep.failed();
  const failed = loaded(windows).length < loaded(wanted).length;
  const loads = await loadsOf(scope, relations, failed ? { schema: extraction.schema, windows: loaded(windows) } : null);
  const check = hasChecksInside(scope.steps) ? (open: OpenWarehouse) => checkInside(scope, open, relations, loaded(windows)) : null;
  return { windows, loads, check };
}

function isExtractor({ role }: Step): boolean {
  return role === "extract";
}

function loaded(windows: readonly ComputedWindow[]): ComputedWindow[] {
  return windows.filter(({ status }) => status === "loaded");
}

function reduce(span: Span, windows: readonly ComputedWindow[]): Span {
  return { ...span, windows: loaded(windows) };
}

/** Marks the windows whose rows fail a check. */
async function accept(
  scope: RunScope,
  steps: readonly Step[],
  relations: Relations,
  windows: readonly ComputedWindow[],
): Promise<readonly ComputedWindow[]> {
  const failures: CheckFailures = await checkRelations(scope, steps, relations, loaded(windows));
  return windows.map((window) => {
    const cause = window.status === "loaded" ? (failures.get(window.start) ?? failures.get(null)) : undefined;
    return cause === undefined ? window : { ...window, status: "failed", error: ledgerError(cause), cause };
  });
}

/** What each loader publishes; `only`: of the windows that are left. */
async function loadsOf(
  scope: RunScope,
  relations: Relations,
  only: { readonly schema: string; readonly windows: readonly ComputedWindow[] } | null,
): Promise<Load[]> {
  await using db = await scope.workspace.connect(scope.signal);
  const loads: Load[] = [];
  for (const step of loadSteps(scope.steps)) {
    let input = only?.windows.length === 0 ? null : loaderInput(step, relations);
    if (input !== null && !input.windowed) {
      throw new KpiError("STEP_FAILED", `Cannot publish the relation "${step.from[0]?.alias}" by window: none of its rows belongs to one`, {
        step: step.id,
      });
    }
    if (input !== null && only !== null) {
      const left: RelationTable = { ...input, table: qualify(only.schema, `${step.id}__accepted`) };
      await db.run(`CREATE VIEW ${left.table} AS SELECT * FROM ${input.table} WHERE ${inWindows(only.windows.map(({ start }) => start))}`);
      input = left;
    }
    loads.push({ step, input, rows: input === null ? new Map() : await rowsByWindow(db, input) });
  }
  return loads;
}

function outcome(window: PlannedWindow, extraction: Extraction): ComputedWindow {
  if (!window.replayable) {
    const message = "The source answers for the present only, and the window is past";
    return { ...window, status: "skipped", sourceRows: 0, sources: null, error: { code: "NOT_REPLAYABLE", message } };
  }
  const rows = sourceRows(extraction, window.start);
  const empty = extraction.counts.size > 0 && rows === 0;
  return { ...window, status: empty ? "empty" : "loaded", sourceRows: rows, sources: sourcesOf(extraction, window.start), error: null };
}
