import { KpiError } from "../../core/errors.js";
import type { Pipeline, WindowedPipeline } from "../../core/pipeline.js";
import { type Instant, toIso } from "../../core/time.js";
import { isDifferent, type Verdict, type VerifiedWindow, type VerifyOptions, type VerifyReport } from "../../core/verification.js";
import type { OpenWarehouse } from "../../core/warehouse.js";
import { type Grid, toSpan, type Window, windowsBetween } from "../../core/window.js";
import { loadSteps } from "../compute-span.js";
import { openGrid } from "../open-grid.js";
import { readPipelineRow } from "../read-ledger.js";
import { requireGrid } from "../require-grid.js";
import { type EngineParts, type Session, withSession } from "../session.js";
import { countSources } from "../source-tallies.js";
import { uuidV7 } from "../uuid-v7.js";
import type { SourceTallies } from "../with-tally.js";
import { countPublished } from "./count-published.js";
import { judgeWindow } from "./judge-window.js";
import { type LedgerWindow, readWindows } from "./read-windows.js";

/** So many windows are counted at a time: points of a folder are in memory meanwhile. */
const AT_ONCE = 744;

/** Compares source, ledger and warehouse window by window; writes nothing. Throws USAGE, GRID_CHANGED and what warehouse and sources throw. */
export async function verifyReport(parts: EngineParts, pipeline: Pipeline, options: VerifyOptions): Promise<VerifyReport> {
  if (pipeline.kind === "workflow") throw new KpiError("USAGE", `Cannot verify "${pipeline.name}": a workflow has no windows`);
  const grid = await openGrid(pipeline.every, pipeline.timezone);
  const session = { id: `verify-${uuidV7(Date.now())}`, folders: [], signal: options.signal, warn: () => undefined };
  const warnings: string[] = [];
  return withSession(parts, pipeline, session, async (opened) => {
    await opened.workspace.allThreads();
    const { firstHour, bounds } = await boundsOf(parts, opened, pipeline, grid, options);
    const windows: VerifiedWindow[] = [];
    const all = [...windowsBetween(grid, bounds.start, bounds.end)];
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const verify = { parts, session: opened, pipeline, grid, firstHour, signal: options.signal, warnings };
      windows.push(...(await verifyWindows(verify, all.slice(from, from + AT_ONCE))));
    }
    return {
      ...{ schema_version: 1, ok: !windows.some(isDifferent), pipeline: pipeline.name },
      ...{ from: toIso(bounds.start), to: toIso(bounds.end), windows, summary: summaryOf(windows), warnings: [...new Set(warnings)] },
    };
  });
}

/** Whole windows that have settled. */
async function boundsOf(
  parts: EngineParts,
  { warehouse }: Session,
  pipeline: WindowedPipeline,
  grid: Grid,
  { from, to }: VerifyOptions,
): Promise<{ readonly firstHour: Instant | null; readonly bounds: Window }> {
  const row = await warehouse.read((open) => readPipelineRow(open, pipeline.name));
  requireGrid(pipeline, grid, row?.grid ?? null);
  const horizon = grid.floor(parts.clock.now() - pipeline.settle);
  const firstHour = row?.firstHour ?? null;
  const start = grid.floor(from ?? firstHour ?? horizon);
  const end = Math.min(horizon, to === undefined ? horizon : grid.floor(to));
  if (start < end) return { firstHour, bounds: { start, end } };
  throw new KpiError("USAGE", `Cannot verify from "${toIso(start)}" to "${toIso(end)}": no window that has settled lies there`, {
    hint: `Windows up to ${toIso(horizon)} have settled`,
  });
}

interface Verify {
  readonly parts: EngineParts;
  readonly session: Session;
  readonly pipeline: WindowedPipeline;
  readonly grid: Grid;
  readonly firstHour: Instant | null;
  readonly signal: AbortSignal;
  readonly warnings: string[];
}

/** Windows before the first hour that nobody has tried are not the pipeline's. */
async function verifyWindows(verify: Verify, windows: readonly Window[]): Promise<VerifiedWindow[]> {
  const { session, grid, firstHour, pipeline } = verify;
  const span = toSpan(windows);
  const tallies = await tally(verify, windows);
  const known = await session.warehouse.read((open) => readKnown(open, pipeline, grid, span));
  const { ledger, published } = known ?? { ledger: new Map<Instant, LedgerWindow>(), published: new Map() };
  return windows
    .filter(({ start }) => ledger.has(start) || (firstHour !== null && start >= firstHour))
    .map((window) => {
      const held = new Map([...published].map(([table, rows]) => [table, rows.get(window.start) ?? 0]));
      return judgeWindow({ window, ledger: ledger.get(window.start), tallies, published: held });
    });
}

function tally({ parts, session, pipeline, signal, warnings }: Verify, windows: readonly Window[]): Promise<SourceTallies> {
  const warn = (_: string, message: string) => warnings.push(message);
  return countSources(parts, session, pipeline, { span: toSpan(windows), sums: false, exact: true, signal, warn });
}

async function readKnown(open: OpenWarehouse, { name, steps }: WindowedPipeline, grid: Grid, span: Window) {
  const published = new Map<string, ReadonlyMap<Instant, number>>();
  for (const step of loadSteps(steps)) {
    const place = step.node.published?.(step.settings) ?? null;
    if (place !== null) published.set(place.table, await countPublished(open, place, grid, span));
  }
  return { ledger: await readWindows(open, name, span), published };
}

function summaryOf(windows: readonly VerifiedWindow[]): VerifyReport["summary"] {
  const summary: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of windows) summary[verdict] = (summary[verdict] ?? 0) + 1;
  return summary;
}
