import type { StateEntry, StateHours } from "../../core/state-reports.js";
import type { PipelineState, StoredState } from "../../core/state-store.js";

/** The key of a state's value under which its history lies: in the same document, so that every store keeps both or neither. */
const KEY = "kpi_history";
/** A state is read before each run and written after each span: it stays small. */
const MOST_ENTRIES = 50;

/** Oldest first. What somebody else has put there is passed over. */
export function readHistory(value: PipelineState | undefined): StateEntry[] {
  const found = value?.[KEY];
  return Array.isArray(found) ? found.filter(isEntry) : [];
}

function isEntry(found: unknown): found is StateEntry {
  const { id, at, verb, before, after, marked } = Object(found) as Partial<StateEntry>;
  return [id, at, verb].every((text) => typeof text === "string") && [before, after, marked].every((part) => typeof part === "object");
}

export function withHistory(value: PipelineState, entries: readonly StateEntry[]): PipelineState {
  return { ...value, [KEY]: entries.slice(-MOST_ENTRIES) };
}

/** Entries of two histories, in order of their ids, which sort by time. */
export function mergeHistories(one: readonly StateEntry[], other: readonly StateEntry[]): StateEntry[] {
  const all = new Map([...one, ...other].map((entry) => [entry.id, entry]));
  return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The newest change that can be taken back and has not been. */
export function nextUndo(entries: readonly StateEntry[]): StateEntry | null {
  const undone = new Set(entries.map(({ undoes }) => undoes));
  return entries.findLast(({ id, verb }) => ["set", "reset", "skip", "import"].includes(verb) && !undone.has(id)) ?? null;
}

export function hoursOf(stored: StoredState | null): StateHours {
  return { last_processed_hour: stored?.value.last_processed_hour ?? null, first_hour: stored?.value.first_hour ?? null };
}
