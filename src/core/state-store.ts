import type { z } from "zod";
import type { Database } from "./database.js";
import type { Clock } from "./time.js";
import type { Warehouse } from "./warehouse.js";

/** What a store keeps of a pipeline. Hours are RFC 3339 in UTC; keys it does not know are kept as they are. */
export interface PipelineState {
  /** The cursor: start of the last window of the unbroken processed prefix. */
  readonly last_processed_hour: string | null;
  /** Where the prefix starts. */
  readonly first_hour: string | null;
  readonly [extra: string]: unknown;
}

/** A state as a store gives it back. */
export interface StoredState {
  readonly value: PipelineState;
  /** Changes with every write; only for comparing. */
  readonly version: string;
  readonly updated_at: string;
  readonly updated_by: string;
}

/** What lets one runner at a time work on a pipeline. It is courtesy: correctness is the publishing transaction's. */
export interface Lock {
  /** Aborted when the lock was lost to somebody else. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Who holds a lock. */
export interface LockHolder {
  /** Names this one taking of the lock; only for `unlock`. */
  readonly id: string;
  readonly owner: string;
  /** RFC 3339 in UTC; null where nobody knows. */
  readonly since: string | null;
}

export interface LockRequest {
  /** Who asks, for the message others get: host, process, run. */
  readonly owner: string;
  /** How long the lock holds without renewal, in ms; the store renews it by itself every third of that. */
  readonly ttl: number;
}

/**
 * Where cursors and their history live. A cursor is a copy of what the ledger knows; a store may lag it, never lead it.
 *
 * Throws `STATE_CONFLICT` for a write over a change it has not seen, `LOCKED` naming the holder, `CANNOT_WRITE`, `SOURCE_UNREACHABLE`.
 */
export interface StateStore extends AsyncDisposable {
  read(key: string): Promise<StoredState | null>;
  /** Writes if the stored version is still `expected` (null: if nothing is stored); resolves to the new version. */
  write(key: string, value: PipelineState, expected: string | null, by: string): Promise<string>;
  remove(key: string, expected: string): Promise<void>;
  list(): Promise<string[]>;
  /** Takes the lock or throws `LOCKED`; it does not wait. */
  lock(key: string, request: LockRequest): Promise<Lock>;
  /** Who holds the lock; null where it is free for the next who asks. */
  holder(key: string): Promise<LockHolder | null>;
  /** Takes the lock away from the holder of that `id`, whose `lost` is aborted when it next renews. False where somebody else holds it, or nobody. */
  unlock(key: string, id: string): Promise<boolean>;
  /** For a store inside the warehouse: writes a key in the publishing transaction itself, whatever version is there; what `value` does not name stays. */
  writeInside?(tx: Database, catalog: string, key: string, value: PipelineState, by: string): Promise<void>;
}

/** What a store is opened with besides its settings. */
export interface StateStoreContext {
  readonly project: string;
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  /** Tells the reader something that was found and mended, such as a corrupt file set aside. */
  warn(code: string, message: string): void;
}

/** The type of a state store: one file in `state/`, named like the type. */
export interface StateStoreType<Config extends z.ZodObject = z.ZodObject> {
  readonly type: string;
  readonly summary: string;
  readonly config: Config;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
  open(settings: z.output<Config>, context: StateStoreContext): Promise<StateStore>;
}

/** Types a store's declaration: the settings it is opened with are those of its schema. */
export function defineStateStore<Config extends z.ZodObject>(declaration: StateStoreType<Config>): StateStoreType<Config> {
  return declaration;
}
