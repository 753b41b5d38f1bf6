import type { Lock, LockHolder, LockRequest } from "../../core/state-store.js";
import { keepLease } from "./keep-lease.js";
import { heldBy, isGone, LEASE_HOLDER, type LeaseHolder, newHolder } from "./lease-holder.js";
import type { PostgresClient } from "./postgres-client.js";
import type { PostgresTables } from "./postgres-tables.js";
import { tryAgain } from "./try-again.js";

/** Locks as lease rows, whose expiry goes by the server's clock. A row, unlike an advisory lock, outlives a connection and passes through a pooler. */
export class PostgresLocks {
  readonly #client: PostgresClient;
  readonly #tables: PostgresTables;

  constructor(client: PostgresClient, tables: PostgresTables) {
    this.#client = client;
    this.#tables = tables;
  }

  /** Throws LOCKED naming the holder. */
  async take(key: string, { owner, ttl }: LockRequest): Promise<Lock> {
    const mine = newHolder(owner);
    let gone: LeaseHolder | null = null;
    while (!(await this.#insert(key, mine, ttl, gone))) {
      gone = await this.#read(key);
      if (gone !== null && !isGone(gone)) throw heldBy(key, gone);
    }
    return keepLease(key, ttl, {
      renew: () => this.#renew(key, mine, ttl),
      release: async () => void (await this.remove(key, mine.token)),
    });
  }

  async holder(key: string): Promise<LockHolder | null> {
    const holder = await this.#read(key);
    return holder === null || isGone(holder) ? null : { id: holder.token, owner: holder.owner, since: holder.since };
  }

  /** Whether there was a lock of that token. */
  async remove(key: string, token: string): Promise<boolean> {
    const sql = `DELETE FROM ${this.#tables.locks} WHERE key = $1 AND token = $2 RETURNING key`;
    return (await this.#tables.read(() => tryAgain(() => this.#client.rows(sql, [key, token])))).length > 0;
  }

  /** Takes the row if nobody holds it, or one that is gone. Asked again after its answer was lost, it finds the row its own. */
  async #insert(key: string, mine: LeaseHolder, ttl: number, gone: LeaseHolder | null): Promise<boolean> {
    const sql = `INSERT INTO ${this.#tables.locks} AS held (key, token, holder, expires) VALUES ($1, $2, $4, ${UNTIL})
      ON CONFLICT (key) DO UPDATE SET token = excluded.token, holder = excluded.holder, expires = excluded.expires
      WHERE held.expires <= clock_timestamp() OR held.token IN (excluded.token, $5) RETURNING key`;
    const values = [key, mine.token, ttl, JSON.stringify(mine), gone?.token ?? null];
    return (await this.#tables.change(() => tryAgain(() => this.#client.rows(sql, values)))).length > 0;
  }

  async #read(key: string): Promise<LeaseHolder | null> {
    const sql = `SELECT holder FROM ${this.#tables.locks} WHERE key = $1 AND expires > clock_timestamp()`;
    const [row] = await this.#tables.read(() => tryAgain(() => this.#client.rows<{ holder: unknown }>(sql, [key])));
    return row === undefined ? null : LEASE_HOLDER.parse(row.holder);
  }

  async #renew(key: string, mine: LeaseHolder, ttl: number): Promise<string | null> {
    const sql = `UPDATE ${this.#tables.locks} SET expires = ${UNTIL} WHERE key = $1 AND token = $2 RETURNING key`;
    if ((await this.#client.rows(sql, [key, mine.token, ttl])).length > 0) return null;
    const holder = await this.#read(key);
    return holder === null ? "it was removed" : `${holder.owner} has taken it`;
  }
}

const UNTIL = "clock_timestamp() + $3::float8 * interval '1 ms'";
