import { hostname, userInfo } from "node:os";
import type { StateChange } from "../../core/engine.js";
import { KpiError } from "../../core/errors.js";
import type { Pipeline, WindowedPipeline } from "../../core/pipeline.js";
import type { StateReport } from "../../core/reports.js";
import type { StateEntry, StateVerb } from "../../core/state-reports.js";
import { type Instant, toIso } from "../../core/time.js";
import type { Grid } from "../../core/window.js";
import { CursorKeeper } from "../cursor-keeper.js";
import { definitionOf } from "../definition.js";
import { EMPTY_LEDGER, type LedgerState } from "../ledger-range.js";
import { openGrid } from "../open-grid.js";
import { readLedger } from "../read-ledger.js";
import { type EngineParts, type Session, type SessionOptions, withSession } from "../session.js";
import { takeLock } from "../take-lock.js";
import { uuidV7 } from "../uuid-v7.js";
import { hoursOf } from "./history.js";

/** What somebody wants to do to a state, and why. */
export interface Deed {
  readonly verb: StateVerb;
  readonly reason: string | null;
}

/** What the verbs share: the pipeline's grid and ledger, under its lock. */
export interface Desk extends Deed {
  readonly parts: EngineParts;
  readonly pipeline: WindowedPipeline;
  readonly session: Session;
  readonly grid: Grid;
  readonly ledger: LedgerState;
  readonly keeper: CursorKeeper;
  /** The change's own. */
  readonly id: string;
  readonly by: string;
}

/** What a verb did to the ledger, and which change it took back. */
export type Done = StateChange["marked"] & { readonly undoes?: string };

/** Changes a pipeline's state under its lock, and adds the change to the history. Throws USAGE for a workflow, LOCKED, what `work` throws. */
export async function atDesk(
  parts: EngineParts,
  pipeline: Pipeline,
  deed: Deed,
  work: (desk: Desk) => Promise<Done>,
): Promise<StateChange> {
  return withDesk(parts, pipeline, deed, async (desk) => {
    await using _lock = await lockState(desk, pipeline.stateName);
    const full = { ...desk, ledger: await readDesk(desk) };
    const before = hoursOf(await desk.keeper.read());
    const { undoes = null, ...marked } = await work(full);
    const first = full.ledger.firstHour;
    await desk.keeper.note((stored) =>
      toEntry(desk, {
        before: { ...before, first_hour: first === null ? before.first_hour : toIso(first) },
        after: hoursOf(stored),
        marked,
        undoes,
      }),
    );
    return { state: await stateReport(parts, desk.session, pipeline), marked };
  });
}

/** Opens what the verbs share; nobody is kept away yet, and the ledger is not read. */
export async function withDesk<Result>(
  parts: EngineParts,
  pipeline: Pipeline,
  deed: Deed,
  work: (desk: Desk) => Promise<Result>,
): Promise<Result> {
  if (pipeline.kind === "workflow") throw new KpiError("USAGE", `Cannot change the state of "${pipeline.name}": a workflow has no cursor`);
  const id = uuidV7(Date.now());
  return withSession(parts, pipeline, sessionOptions(parts, id), async (session) => {
    const grid = await openGrid(pipeline.every, pipeline.timezone);
    const by = whoAmI();
    const keeper = new CursorKeeper(session.store, pipeline.stateName, `${by} (kpi state ${deed.verb})`);
    return work({ parts, pipeline, session, grid, ledger: EMPTY_LEDGER, keeper, id, by, ...deed });
  });
}

/** Takes the lock of a key in a store; it is released when it is disposed. Throws LOCKED. */
export async function lockState({ parts, session, id, verb }: Desk, key: string, store = session.store): Promise<AsyncDisposable> {
  const { signal } = sessionOptions(parts, id);
  const lock = await takeLock(store, key, { owner: `kpi state ${verb} ${id}`, ttl: parts.project.state.lockTtl, wait: () => 0, signal });
  return { [Symbol.asyncDispose]: () => lock.release() };
}

export function toEntry(
  { id, by, verb, reason, parts }: Desk,
  facts: Pick<StateEntry, "before" | "after" | "marked" | "undoes">,
): StateEntry {
  return { id, at: toIso(parts.clock.now()), by, verb, reason, ...facts };
}

export async function readDesk({ session, pipeline }: Desk): Promise<LedgerState> {
  const definition = definitionOf(pipeline);
  return (await session.warehouse.read((open) => readLedger(open, pipeline.name, definition))) ?? EMPTY_LEDGER;
}

export async function stateReport({ project }: EngineParts, { store }: Session, pipeline: Pipeline): Promise<StateReport> {
  const stored = await store.read(pipeline.stateName);
  return {
    ...{ schema_version: 1, ok: true, pipeline: pipeline.name },
    ...hoursOf(stored),
    store: project.state.store,
    version: stored?.version ?? null,
    updated_at: stored?.updated_at ?? null,
    updated_by: stored?.updated_by ?? null,
  };
}

export function requireAligned({ grid, pipeline }: Desk, hour: Instant): void {
  if (grid.floor(hour) === hour) return;
  throw new KpiError(
    "USAGE",
    `Cannot use "${toIso(hour)}" for "${pipeline.name}": windows of ${pipeline.every} start at ${toIso(grid.floor(hour))} and ${toIso(grid.next(hour))}`,
  );
}

/** Throws USAGE unless a window starts at the hour and has ended. */
export function requireOver(desk: Desk, hour: Instant): void {
  requireAligned(desk, hour);
  if (desk.grid.next(hour) > desk.parts.clock.now())
    throw new KpiError("USAGE", `Cannot set the state to "${toIso(hour)}": that hour has not ended yet`);
}

export function hourOf(text: string | null | undefined): Instant | null {
  return text == null ? null : Date.parse(text);
}

export function sessionOptions(parts: EngineParts, id: string): SessionOptions {
  const warn = (code: string, message: string) => parts.warn?.(code, message);
  return { id: `state-${id}-${process.pid}`, folders: [], signal: new AbortController().signal, warn };
}

/** A container's user may have no name. */
function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}@${hostname()}`;
  }
}
