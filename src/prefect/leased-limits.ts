import { setTimeout as sleep } from "node:timers/promises";
import { KpiError } from "../core/errors.js";
import { type HolderNote, HolderNotes, type NoteText } from "./holder-note.js";
import type { PrefectClient } from "./prefect-client.js";

export interface LeasePatience {
  /** A slot whose holder has not renewed for this long, in ms, is stuck: longer than any lease, and than it takes the server to see that one is over. */
  readonly stuckAfter: number;
  /** How long to look again before a stuck slot is freed, in ms: its holder may be just about to write the note. */
  readonly secondLook: number;
}

/** A slot that is held; what it was taken with. */
export interface Lease {
  /** False where it is lost for certain. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

interface Limit {
  readonly id: string;
  readonly name: string;
  readonly limit: number;
  readonly active: boolean;
  readonly active_slots: number;
}

/** The ids of a lease and of the limit it counts against. */
interface Taken {
  readonly lease: string;
  readonly limit: string;
}

/** The least that Prefect takes, in seconds. */
const LEASE = 60;
const PATIENCE: LeasePatience = { stuckAfter: (LEASE + 45) * 1_000, secondLook: 5_000 };

/**
 * Global concurrency limits of one slot, taken with a lease that the server ends where it is not renewed.
 * Leases live in the server's memory: after a restart they are gone and their slots stay taken, which nobody but us will ever mend.
 */
export class LeasedLimits {
  readonly #client: PrefectClient;
  readonly #notes: HolderNotes;
  readonly #patience: LeasePatience;

  constructor(client: PrefectClient, patience: LeasePatience = PATIENCE) {
    this.#client = client;
    this.#notes = new HolderNotes(client);
    this.#patience = patience;
  }

  /** The lease, or who holds it. Throws CONFIG_INVALID for a limit that somebody has changed so that it excludes nobody. */
  async take(name: string, owner: string): Promise<Lease | HolderNote> {
    for (let stuck: HolderNote | null = null; ; ) {
      const lease = await this.#tryTake(name, owner);
      if (lease !== null) return lease;
      const holder = await this.#holder(name);
      if (holder.age < this.#patience.stuckAfter) return holder;
      if (stuck?.updated === holder.updated && stuck.id === holder.id) await this.free(name, holder);
      else await sleep(this.#patience.secondLook);
      stuck = holder;
    }
  }

  /** Who holds it; null for nobody. */
  async holder(name: string): Promise<HolderNote | null> {
    const limit = await this.#readLimit(name);
    return limit === null || limit.active_slots === 0 ? null : this.#holder(name);
  }

  /** Null where somebody holds it. */
  async #tryTake(name: string, owner: string): Promise<Lease | null> {
    for (;;) {
      const taken = await this.#increment(name);
      if (taken === "held") return null;
      if (taken === "unknown") {
        await this.#client.ask({ method: "POST", path: "/v2/concurrency_limits/", body: { name, limit: 1, active: true }, answers: [409] });
        continue;
      }
      const lease = await this.#settle(name, owner, taken).catch(async (thrown) => {
        await this.#decrement(taken.lease).catch(() => undefined);
        throw thrown;
      });
      if (lease !== null) return lease;
    }
  }

  /** Leaves the note of a lease that was taken. Null where its limit has gone in the meantime. */
  async #settle(name: string, owner: string, { lease, limit: id }: Taken): Promise<Lease | null> {
    const text: NoteText = { owner, since: new Date().toISOString() };
    const note = await this.#notes.put(name, text);
    // read after the note was put: who frees a stuck slot takes the note away first, then the limit
    const limit = await this.#readLimit(id);
    if (limit?.active === true && limit.limit === 1) return this.#lease({ lease, limit: id }, note, text);
    await this.#notes.take(note);
    if (limit !== null) throw excludesNobody(limit);
    await this.#decrement(lease);
    return null;
  }

  async #increment(name: string): Promise<Taken | "held" | "unknown"> {
    const body = { names: [name], slots: 1, mode: "concurrency", lease_duration: LEASE };
    const path = "/v2/concurrency_limits/increment-with-lease";
    const reply = await this.#client.ask({ method: "POST", path, body, answers: [423] });
    if (reply.status === 423) return "held";
    const { lease_id: lease, limits } = reply.body as { lease_id: string; limits: Limit[] };
    // a name that is not known is passed over in silence, and the lease is one of nothing
    const limit = limits.find((each) => each.name === name);
    if (limit !== undefined) return { lease, limit: limit.id };
    await this.#decrement(lease);
    return "unknown";
  }

  /** By its id or its name. */
  async #readLimit(id: string): Promise<Limit | null> {
    const { status, body } = await this.#client.ask({ method: "GET", path: `/v2/concurrency_limits/${id}`, answers: [404] });
    return status === 404 ? null : (body as Limit);
  }

  async #decrement(lease: string): Promise<void> {
    await this.#client.ask({ method: "POST", path: "/v2/concurrency_limits/decrement-with-lease", body: { lease_id: lease } });
  }

  #lease({ lease, limit }: Taken, note: string, text: NoteText): Lease {
    const renewLease = async () => {
      const path = `/v2/concurrency_limits/leases/${lease}/renew`;
      const { status } = await this.#client.ask({ method: "POST", path, body: { lease_duration: LEASE }, answers: [404, 410] });
      // a lease outlives its limit: where somebody deletes that, the next has one of its own, and the note
      return status < 300 && (await this.#readLimit(limit)) !== null;
    };
    return {
      renew: async () => (await renewLease()) && (await this.#notes.renew(note, text)),
      release: async () => {
        // the note of a slot that is stuck stays: by its age others see that
        if (!(await renewLease())) return;
        await this.#notes.take(note);
        await this.#decrement(lease);
      },
    };
  }

  /** A holder that has left no note (yet) gets one, so that there is something whose age tells. */
  async #holder(name: string): Promise<HolderNote> {
    for (;;) {
      const note = await this.#notes.read(name);
      if (note !== null) return note;
      await this.#notes.leave(name, { owner: "somebody", since: "" });
    }
  }

  /**
   * Takes it away from whoever left the note, who learns of that when renewing. False where the note is gone.
   * The limit itself goes, by its id: it is made anew, and whoever comes second does the new one no harm.
   */
  async free(name: string, holder: HolderNote): Promise<boolean> {
    const { status, body } = await this.#client.ask({ method: "GET", path: `/v2/concurrency_limits/${name}`, answers: [404] });
    if (!(await this.#notes.take(holder.id))) return false;
    if (status === 404) return true;
    await this.#client.ask({ method: "DELETE", path: `/v2/concurrency_limits/${(body as Limit).id}`, answers: [404] });
    return true;
  }
}

function excludesNobody({ name, active, limit }: Limit): KpiError {
  const state = active ? `it lets ${limit} in at a time` : "it is switched off";
  return new KpiError("CONFIG_INVALID", `Cannot lock by the concurrency limit "${name}" of Prefect: ${state}`, {
    hint: "Delete it in Prefect: kpi makes it again as it must be",
  });
}
