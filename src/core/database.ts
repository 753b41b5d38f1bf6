import type { Appender, Column, RelationColumn } from "./relation.js";

/** What a query gives back: timestamps as RFC 3339 text in UTC, integers as numbers where a number holds them, else as bigint. */
export type SqlValue = string | number | bigint | boolean | null | readonly SqlValue[] | { readonly [key: string]: SqlValue };
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What may be bound to `$1`, `$2`, … */
export type SqlParameter = string | number | bigint | boolean | null;

/**
 * One connection to a DuckDB. It runs one statement at a time; what it is asked meanwhile waits its turn.
 *
 * Every method throws `KpiError`: `STEP_FAILED` for what the statement or its data did, `CANNOT_WRITE` for the disk's refusals,
 * `WAREHOUSE_HELD` where another process has the file, `INTERRUPTED` when the signal was given.
 */
export interface Database {
  /** Runs one statement; resolves to the number of rows it changed. */
  run(sql: string, parameters?: readonly SqlParameter[]): Promise<number>;
  /** Runs one query and gives all its rows: for results that are known to be small. */
  rows<Row extends SqlRow = SqlRow>(sql: string, parameters?: readonly SqlParameter[]): Promise<Row[]>;
  /** The columns a query would give, without running it. */
  describe(query: string): Promise<RelationColumn[]>;
  /** The same connection, on which aborting the signal interrupts too. Disposing of it leaves the connection open. */
  within(signal: AbortSignal): Database & Disposable;
  /** Appends column batches to an existing table, given by its quoted and qualified name. */
  append(table: string, columns: readonly Column[]): Promise<Appender>;
  /** Runs `work` between BEGIN and COMMIT. Whatever `work` throws rolls back and is thrown again. */
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** A run's own scratch DuckDB: in memory, spilling to the run's folder, thrown away when the run ends. */
export interface Workspace {
  /** The name under which the workspace's tables are qualified. */
  readonly catalog: string;
  /** A folder of the run's own, absolute, which is there. */
  readonly scratch: string;
  /** Opens one more connection, closed with `[Symbol.asyncDispose]`. Aborting the signal interrupts what it runs. Throws INTERNAL once the workspace is closed. */
  connect(signal?: AbortSignal): Promise<Database & AsyncDisposable>;
  /** Lets tables take so much memory, in MiB, before they go to disk; never less than before. */
  allow(mebibytes: number): Promise<void>;
  /** Lets queries have a thread for each processor from now on. What is small is done sooner, and for less, in the one that they may begin with. */
  allThreads(): Promise<void>;
  /** Copies everything but one schema into a DuckDB file, for a person to look at. */
  keep(path: string, without: string): Promise<void>;
  close(): Promise<void>;
}
