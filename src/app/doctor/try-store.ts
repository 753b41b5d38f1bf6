import { hostname } from "node:os";
import { KpiError } from "../../core/errors.js";
import type { Finding } from "../../core/finding.js";
import type { PipelineState, StateStore } from "../../core/state-store.js";
import { doubtful, good } from "./to-finding.js";

/** The key that is tried: no pipeline's, and gone afterwards. */
const DOCTOR_KEY = "kpi-doctor";
const BY = "kpi doctor";

/**
 * Really takes a lock of so long (ms) and writes a state, and looks that a second lock and a stale write are refused. `name` keeps stores that turn out to be
 * one place apart. Throws what the store throws.
 */
export async function tryStore(store: StateStore, title: string, ttl: number, name: string | null): Promise<Finding> {
  const subject = { about: "state", name: title } as const;
  const key = name === null ? DOCTOR_KEY : `${DOCTOR_KEY}-${name}`;
  const request = { owner: `${BY} ${process.pid} on ${hostname()}`, ttl };
  const lock = await store.lock(key, request).catch((thrown: unknown) => {
    if (thrown instanceof KpiError && thrown.code === "LOCKED") return null;
    throw thrown;
  });
  if (lock === null) return doubtful(subject, "is being tried by another doctor right now", "Try again in a minute");
  try {
    await mustRefuse("LOCKED", "a second lock", async () => (await store.lock(key, request)).release());
    await tryWriting(store, key);
  } finally {
    await lock.release();
  }
  return good(subject, "keeps what is written, refuses a stale write and a second lock");
}

async function tryWriting(store: StateStore, key: string): Promise<void> {
  await clear(store, key);
  try {
    const first = await store.write(key, at("2026-01-01T00:00:00Z"), null, BY);
    await store.write(key, at("2026-01-01T01:00:00Z"), first, BY);
    await mustRefuse("STATE_CONFLICT", "a stale write", () => store.write(key, at("2026-01-01T02:00:00Z"), first, BY));
    const stored = await store.read(key);
    if (stored?.value.last_processed_hour !== "2026-01-01T01:00:00Z") throw broken("does not give back what was written");
  } finally {
    await clear(store, key);
  }
}

/** Removes what is there, by itself or from a doctor that was killed. */
async function clear(store: StateStore, key: string): Promise<void> {
  const stored = await store.read(key);
  if (stored !== null) await store.remove(key, stored.version);
}

function at(hour: string): PipelineState {
  return { last_processed_hour: hour, first_hour: hour };
}

async function mustRefuse(code: "LOCKED" | "STATE_CONFLICT", what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (thrown instanceof KpiError && thrown.code === code) return;
    throw thrown;
  }
  throw broken(`does not refuse ${what}`);
}

function broken(how: string): KpiError {
  return new KpiError("STATE_CONFLICT", `Cannot rely on the state store: it ${how}`, {
    hint: "Two runners could work on one pipeline: choose another store, or update its server",
  });
}
