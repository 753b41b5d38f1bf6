import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { KpiError } from "../core/errors.js";
import { toKpiError } from "./to-kpi-error.js";

/** A DuckDB in memory. A connection is made in a thread of its own, and DuckDB's close frees the database under it: closing waits for those. */
export class MemoryInstance {
  readonly #instance: DuckDBInstance;
  readonly #connecting = new Set<Promise<DuckDBConnection>>();
  #closed = false;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  /** `options` are DuckDB's settings. */
  static async create(options: Record<string, string>): Promise<MemoryInstance> {
    return new MemoryInstance(await DuckDBInstance.create(":memory:", options));
  }

  /** Throws INTERNAL once it is closed. */
  async connect(): Promise<DuckDBConnection> {
    if (this.#closed) throw new KpiError("INTERNAL", "Cannot connect to a workspace that is closed");
    const connecting = this.#instance.connect();
    this.#connecting.add(connecting);
    return connecting.finally(() => this.#connecting.delete(connecting));
  }

  /** Throws what DuckDB says, as `toKpiError` does. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#connecting);
    try {
      this.#instance.closeSync();
    } catch (thrown) {
      throw toKpiError(thrown);
    }
  }
}
