import type { PipelineState } from "./state-store.js";

/** What a state says of a pipeline's hours, RFC 3339 in UTC. */
export interface StateHours {
  readonly last_processed_hour: string | null;
  readonly first_hour: string | null;
}

export type StateVerb = "set" | "reset" | "skip" | "undo" | "import" | "copy" | "unlock";

/** One change of a pipeline's state that somebody asked for. What runs do is not told here: that is the ledger's. */
export interface StateEntry {
  /** UUIDv7; attempts that the change added to the ledger carry it as their `run_id`. */
  readonly id: string;
  readonly at: string;
  /** `user@host`. */
  readonly by: string;
  readonly verb: StateVerb;
  readonly reason: string | null;
  readonly before: StateHours;
  readonly after: StateHours;
  readonly marked: { readonly status: string; readonly windows: number };
  /** The change that an `undo` took back. */
  readonly undoes: string | null;
}

/** `kpi state history --json`: newest first, the last 50. */
export interface StateHistory {
  readonly schema_version: 1;
  readonly ok: true;
  readonly pipeline: string;
  readonly entries: readonly StateEntry[];
  /** The change that `kpi state undo` would take back; null where there is none. */
  readonly next_undo: StateEntry | null;
}

/** A lock that somebody holds. */
export interface StateLock {
  readonly key: string;
  /** Names this one taking of the lock. */
  readonly id: string;
  readonly owner: string;
  readonly since: string | null;
}

/** `kpi state list --json`. */
export interface StateList {
  readonly schema_version: 1;
  readonly ok: true;
  readonly store: string;
  /** By pipeline in the order of the configuration; then keys that belong to no pipeline of it. */
  readonly states: readonly ListedState[];
}

/** One line of `kpi state list`. */
export interface ListedState extends StateHours {
  /** Null: no pipeline of the configuration keeps its state under this key. */
  readonly pipeline: string | null;
  readonly key: string;
  readonly updated_at: string | null;
  readonly updated_by: string | null;
  /** Who works on it. */
  readonly locked_by: string | null;
}

/** What `kpi state export` prints and `kpi state import` reads. */
export interface StateExport {
  readonly schema_version: 1;
  readonly ok: true;
  readonly exported_at: string;
  readonly store: string;
  /** By pipeline: everything that the store keeps of it. */
  readonly states: Readonly<Record<string, PipelineState>>;
}
