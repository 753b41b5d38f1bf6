import type { Database } from "./database.js";

/** What a kind of warehouse can do, as data. */
export interface WarehouseFacts {
  /** What was published is folded into the file when it is let go, so that no log is left to be replayed. */
  readonly checkpoint: boolean;
  /** One process at a time may write it; others wait or get `WAREHOUSE_HELD`. */
  readonly fileLock: boolean;
  /** Rows can be appended in batches, not only inserted from a query. */
  readonly appender: boolean;
  /** How long one transaction may stay open, in ms; null = as long as it takes. */
  readonly maxTransaction: number | null;
}

/** A warehouse that is open on a connection of the workspace, under the name of its catalog. */
export interface OpenWarehouse {
  readonly db: Database;
  readonly catalog: string;
}

/**
 * The database the KPIs are published to. It is held only while `read` or `publish` works, so that others can read in between.
 *
 * Throws `WAREHOUSE_HELD` (75, naming the holder) after `warehouse.wait`, `WAREHOUSE_INVALID`, `CANNOT_WRITE`.
 */
export interface Warehouse {
  readonly facts: WarehouseFacts;
  /** How people call it: its path. */
  readonly name: string;
  /** A path beside which lock files may lie; null for a warehouse that is no file. */
  readonly path: string | null;
  /** Opens it for reading; null where there is no database yet. */
  read<Result>(work: (warehouse: OpenWarehouse) => Promise<Result>): Promise<Result | null>;
  /** Opens it for writing, makes it where there is none, and runs `work` in one transaction. */
  publish<Result>(work: (warehouse: OpenWarehouse) => Promise<Result>): Promise<Result>;
}
