import type { DuckDBConnection, DuckDBMaterializedResult } from "@duckdb/node-api";
import type { Database, SqlParameter, SqlRow } from "../core/database.js";
import type { Appender, Column, RelationColumn } from "../core/relation.js";
import { ColumnAppender } from "./column-appender.js";
import { isShortOfMemory, toKpiError } from "./to-kpi-error.js";
import { toSqlRow } from "./to-sql-value.js";
import type { WorkspaceMemory } from "./workspace-memory.js";

/** Undoes DuckDB's quoting of a qualified name: `"a"."b""c"` → `a`, `b"c`. */
function nameParts(table: string): string[] {
  return [...table.matchAll(/"((?:[^"]|"")*)"|([^.]+)/g)].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? (bare as string));
}

/** `Database` over one DuckDB connection. Results are always materialised: a stream of DuckDB's ends silently where it fails half-way. */
export class Connection implements Database, AsyncDisposable {
  readonly #connection: DuckDBConnection;
  readonly #signal: AbortSignal | undefined;
  readonly #memory: WorkspaceMemory | undefined;
  readonly #interrupt = () => this.#connection.interrupt();

  constructor(connection: DuckDBConnection, signal?: AbortSignal, memory?: WorkspaceMemory) {
    this.#connection = connection;
    this.#memory = memory;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#interrupt);
  }

  async run(sql: string, parameters: readonly SqlParameter[] = []): Promise<number> {
    return (await this.#execute(sql, parameters)).rowsChanged;
  }

  async rows<Row extends SqlRow = SqlRow>(sql: string, parameters: readonly SqlParameter[] = []): Promise<Row[]> {
    const result = await this.#execute(sql, parameters);
    return (await result.getRowObjects()).map((row) => toSqlRow(row) as Row);
  }

  async describe(query: string): Promise<RelationColumn[]> {
    const rows = await this.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${query}`);
    return rows.map(({ column_name: name, column_type: type }) => ({ name, type }));
  }

  within(signal: AbortSignal): Database & Disposable {
    const inner = new Connection(
      this.#connection,
      this.#signal === undefined ? signal : AbortSignal.any([this.#signal, signal]),
      this.#memory,
    );
    return Object.assign(inner, { [Symbol.dispose]: () => inner.#leave() });
  }

  async append(table: string, columns: readonly Column[]): Promise<Appender> {
    try {
      const [name = "", schema = null, catalog = null] = nameParts(table).reverse();
      return new ColumnAppender(await this.#connection.createAppender(name, schema, catalog), columns);
    } catch (thrown) {
      throw toKpiError(thrown, this.#signal);
    }
  }

  transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#memory === undefined ? this.#transact(work) : this.#memory.all(() => this.#transact(work));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
    this.#connection.closeSync();
  }

  #leave(): void {
    this.#signal?.removeEventListener("abort", this.#interrupt);
  }

  async #transact<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.run("BEGIN TRANSACTION");
    try {
      const result = await work();
      // COMMIT of an aborted transaction says that all is well and stores nothing; any other statement tells
      await this.run("SELECT 1");
      await this.run("COMMIT");
      return result;
    } catch (thrown) {
      await this.#rollback();
      throw thrown;
    }
  }

  /** A transaction that is over already refuses to be rolled back; the error that ended it is the one to tell. */
  async #rollback(): Promise<void> {
    await this.#connection.run("ROLLBACK").catch(() => undefined);
  }

  async #execute(sql: string, parameters: readonly SqlParameter[]): Promise<DuckDBMaterializedResult> {
    for (;;) {
      this.#signal?.throwIfAborted();
      const had = this.#memory?.allowed ?? 0;
      try {
        return await this.#connection.run(sql, parameters.length === 0 ? undefined : [...parameters]);
      } catch (thrown) {
        if (!isShortOfMemory(thrown) || (await this.#memory?.grow(had)) !== true) throw toKpiError(thrown, this.#signal);
      }
    }
  }
}
