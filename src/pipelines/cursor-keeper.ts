import { KpiError } from "../core/errors.js";
import type { StateEntry } from "../core/state-reports.js";
import type { PipelineState, StateStore, StoredState } from "../core/state-store.js";
import { type Instant, toIso } from "../core/time.js";
import { readHistory, withHistory } from "./state/history.js";

/** Keeps the state store's copy of one pipeline's cursor, after the commits it follows. */
export class CursorKeeper {
  readonly #store: StateStore;
  readonly #key: string;
  readonly #by: string;

  constructor(store: StateStore, key: string, by: string) {
    this.#store = store;
    this.#key = key;
    this.#by = by;
  }

  read(): Promise<StoredState | null> {
    return this.#store.read(this.#key);
  }

  /** Moves the copy up to the ledger's cursor; a store that already is there or further (another run's doing) is left alone. Throws STATE_CONFLICT after some tries. */
  moveUp(cursor: Instant | null, firstHour: Instant): Promise<void> {
    return this.#change((stored) => movedUp(stored, cursor, firstHour));
  }

  /** Adds to the state's history what was done to it. Throws STATE_CONFLICT after some tries. */
  note(toEntry: (stored: StoredState | null) => StateEntry): Promise<void> {
    return this.#change((stored) => {
      const value = stored?.value ?? { last_processed_hour: null, first_hour: null };
      return withHistory(value, [...readHistory(value), toEntry(stored)]);
    });
  }

  /** `deed` gives the value to be written; null: none. */
  async #change(deed: (stored: StoredState | null) => PipelineState | null): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      const stored = await this.read();
      const value = deed(stored);
      if (value === null) return;
      try {
        await this.#store.write(this.#key, value, stored?.version ?? null, this.#by);
        return;
      } catch (thrown) {
        if (!(thrown instanceof KpiError && thrown.code === "STATE_CONFLICT")) throw thrown;
      }
    }
    throw new KpiError("STATE_CONFLICT", `Cannot save the state of "${this.#key}": others keep changing it`);
  }

  /** Writes a state as it is, over whatever is there. */
  async put(value: PipelineState): Promise<void> {
    const stored = await this.read();
    await this.#store.write(this.#key, { ...stored?.value, ...value }, stored?.version ?? null, this.#by);
  }
}

function movedUp(stored: StoredState | null, cursor: Instant | null, firstHour: Instant): PipelineState | null {
  const value = { last_processed_hour: cursor === null ? null : toIso(cursor), first_hour: toIso(firstHour) };
  if (stored === null) return value;
  const there = stored.value.last_processed_hour;
  const behind = cursor !== null && (there === null || Date.parse(there) < cursor);
  if (!behind && stored.value.first_hour === value.first_hour) return null;
  return { ...stored.value, ...value, last_processed_hour: behind ? value.last_processed_hour : there };
}
