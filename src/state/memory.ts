import { randomUUID } from "node:crypto";
import { z } from "zod";
import { KpiError } from "../core/errors.js";
import {
  defineStateStore,
  type Lock,
  type LockHolder,
  type StateStore,
  type StateStoreContext,
  type StoredState,
} from "../core/state-store.js";
import { toIso } from "../core/time.js";
import { nextVersion } from "./lib/next-version.js";
import { requireVersion } from "./lib/require-version.js";

/** What one project keeps; it outlives a store that is closed, not the process. */
interface Memory {
  readonly states: Map<string, StoredState>;
  readonly locks: Map<string, LockHolder & { readonly lost: AbortController }>;
}

const memories = new Map<string, Memory>();

export default defineStateStore({
  type: "memory",
  summary: "In the process: every run finds its cursor in the warehouse's ledger alone",
  config: z.strictObject({}),
  examples: [{}],
  open: async (_settings, context) => openMemory(context),
});

function openMemory({ project, clock }: StateStoreContext): StateStore {
  const memory = memories.get(project) ?? { states: new Map(), locks: new Map() };
  memories.set(project, memory);
  const { states } = memory;
  return {
    read: async (key) => structuredClone(states.get(key.normalize("NFC")) ?? null),
    write: async (key, value, expected, by) => {
      const name = key.normalize("NFC");
      requireVersion(name, states.get(name)?.version ?? null, expected);
      const version = nextVersion(expected);
      states.set(name, structuredClone({ value, version, updated_at: toIso(clock.now()), updated_by: by }));
      return version;
    },
    remove: async (key, expected) => {
      const name = key.normalize("NFC");
      requireVersion(name, states.get(name)?.version ?? null, expected);
      states.delete(name);
    },
    list: async () => [...states.keys()].sort(),
    lock: async (key, { owner }) => takeLock(memory, key.normalize("NFC"), owner),
    holder: async (key) => {
      const held = memory.locks.get(key.normalize("NFC"));
      return held === undefined ? null : { id: held.id, owner: held.owner, since: held.since };
    },
    unlock: async (key, id) => breakLock(memory, key.normalize("NFC"), id),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** It does not expire: its holder is this process. */
function takeLock({ locks }: Memory, key: string, owner: string): Lock {
  const other = locks.get(key);
  if (other !== undefined) throw new KpiError("LOCKED", `Cannot lock "${key}": ${other.owner} holds it since ${other.since}`);
  const mine = { id: randomUUID(), owner, since: new Date().toISOString(), lost: new AbortController() };
  locks.set(key, mine);
  return {
    lost: mine.lost.signal,
    release: async () => {
      if (locks.get(key) === mine) locks.delete(key);
    },
  };
}

function breakLock({ locks }: Memory, key: string, id: string): boolean {
  const held = locks.get(key);
  if (held?.id !== id) return false;
  locks.delete(key);
  held.lost.abort(new KpiError("LOCKED", `Cannot keep the lock of "${key}": it was removed`));
  return true;
}
