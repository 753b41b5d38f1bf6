import type { QueryResultRow } from "pg";
import { postgresError } from "./postgres-error.js";

/** What the store asks of its connections. */
export interface PostgresClient extends AsyncDisposable {
  /** Runs one statement, in a transaction of its own. */
  rows<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

const PATIENCE = 10_000;

/** Connects on demand, and anew after the server was away. */
export function openPostgresClient({ Pool }: Pick<typeof import("pg"), "Pool">, url: string): PostgresClient {
  const pool = new Pool({
    connectionString: url,
    max: 2,
    application_name: "kpi",
    connectionTimeoutMillis: PATIENCE,
    query_timeout: PATIENCE,
    statement_timeout: PATIENCE,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // a connection that breaks while nobody uses it: the next statement opens another one
  pool.on("error", () => undefined);
  return {
    rows: async <Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []) => {
      try {
        return (await pool.query<Row>(sql, [...values])).rows;
      } catch (thrown) {
        throw postgresError(thrown);
      }
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
