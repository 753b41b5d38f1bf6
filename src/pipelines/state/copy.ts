import type { CopyOptions, StateChange } from "../../core/engine.js";
import { KpiError } from "../../core/errors.js";
import type { Pipeline, Project } from "../../core/pipeline.js";
import type { StateHours } from "../../core/state-reports.js";
import type { PipelineState, StateStore } from "../../core/state-store.js";
import { toIso } from "../../core/time.js";
import { Prefix } from "../prefix.js";
import type { EngineParts } from "../session.js";
import { type Desk, hourOf, lockState, readDesk, requireOver, sessionOptions, stateReport, toEntry, withDesk } from "./desk.js";
import { hoursOf, mergeHistories, readHistory, withHistory } from "./history.js";
import { markUpTo } from "./mark.js";
import { requireInLedger } from "./restore.js";

/**
 * Copies cursor, history and other keys of a pipeline from one store to another, over what is there. Where the ledger is further, its cursor is written;
 * what it does not hold is adopted, if that was asked for. Throws USAGE, STATE_AHEAD, LOCKED, STATE_CONFLICT.
 */
export function copyState(parts: EngineParts, pipeline: Pipeline, { from, to, adopt, reason }: CopyOptions): Promise<StateChange> {
  return withDesk(parts, pipeline, { verb: "copy", reason }, async (desk) => {
    await using source = await openSide(desk, from);
    await using target = await openSide(desk, to);
    await using _one = await lockState(desk, source.key, source.store);
    await using _other = await lockState(desk, target.key, target.store);
    const found = await source.store.read(source.key);
    if (found === null)
      throw new KpiError("USAGE", `Cannot copy the state of "${pipeline.name}": "${source.name}" holds nothing under "${source.key}"`);
    const full = { ...desk, ledger: await readDesk(desk) };
    const adopted = await adoptHours(full, found.value, adopt);
    const value = { ...found.value, ...(await newestHours(full, found.value)) };
    const marked = { status: adopted === 0 ? "none" : "adopted", windows: adopted } as const;
    await writeOver(full, target, value, marked);
    const report = await stateReport(parts, { ...desk.session, store: target.store }, { ...pipeline, stateName: target.key });
    return { state: { ...report, store: target.name }, marked };
  });
}

interface Side extends AsyncDisposable {
  readonly name: string;
  readonly store: StateStore;
  readonly key: string;
}

async function openSide({ parts, session, pipeline, id }: Desk, name: string | null): Promise<Side> {
  if (name === null) {
    const { store } = session;
    return { name: parts.project.state.store, store, key: pipeline.stateName, [Symbol.asyncDispose]: async () => undefined };
  }
  const store = await parts.openStore(session.warehouse, sessionOptions(parts, id).warn, name);
  return { name, store, key: keyIn(parts.project, name, pipeline), [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

/** The key that a pipeline has as soon as the configuration says `state: { store: NAME }`. */
function keyIn({ stores, state: { names } }: Project, name: string, pipeline: Pipeline): string {
  const fill = (pattern: string) => pattern.replaceAll("{pipeline}", () => pipeline.name).normalize("NFC");
  const hasOwn = pipeline.stateName !== fill(names?.inForce ?? "{pipeline}");
  return hasOwn ? pipeline.stateName : fill(stores?.get(name)?.name ?? names?.written ?? "{pipeline}");
}

async function adoptHours(desk: Desk, value: PipelineState, adopt: boolean): Promise<number> {
  const hour = hourOf(value.last_processed_hour);
  const first = hourOf(value.first_hour);
  if (hour === null) return 0;
  if (!adopt) {
    requireInLedger(desk, hour, first);
    return 0;
  }
  requireOver(desk, hour);
  return markUpTo(desk, Math.min(desk.ledger.firstHour ?? first ?? hour, hour), desk.grid.next(hour), "adopted");
}

/** The ledger's, where it knows the pipeline: the copy may lag. */
async function newestHours(desk: Desk, value: PipelineState): Promise<StateHours> {
  const { firstHour, ranges } = await readDesk(desk);
  if (firstHour === null) return { last_processed_hour: value.last_processed_hour, first_hour: value.first_hour };
  const { cursor } = new Prefix(desk.grid, firstHour, ranges);
  return { last_processed_hour: cursor === null ? null : toIso(cursor), first_hour: toIso(firstHour) };
}

async function writeOver(desk: Desk, { store, key }: Side, value: PipelineState, marked: StateChange["marked"]): Promise<void> {
  const there = await store.read(key);
  const entry = toEntry(desk, { before: hoursOf(there), after: value, marked, undoes: null });
  const entries = [...mergeHistories(readHistory(there?.value), readHistory(value)), entry];
  await store.write(key, withHistory({ ...there?.value, ...value }, entries), there?.version ?? null, `${desk.by} (kpi state copy)`);
}
