import { KpiError } from "../../core/errors.js";
import { quoteIdentifier } from "../../core/sql.js";
import type { PostgresClient } from "./postgres-client.js";

/** What is said where a table or its schema is not there yet. */
const MISSING = ["42P01", "3F000"];
/** What is said where somebody else makes it at the same moment. */
const MADE_BY_OTHERS = ["23505", "42710", "42P06", "42P07"];

/** The two tables of the store, which are made by the first that writes. */
export class PostgresTables {
  readonly states: string;
  readonly locks: string;
  readonly #client: PostgresClient;
  readonly #schema: string;

  constructor(client: PostgresClient, schema: string, table: string) {
    this.#client = client;
    this.#schema = quoteIdentifier(schema);
    this.states = `${this.#schema}.${quoteIdentifier(table)}`;
    this.locks = `${this.#schema}.${quoteIdentifier(`${table}_locks`)}`;
  }

  /** Runs what only reads; none where there are no tables. */
  read<Row>(work: () => Promise<Row[]>): Promise<Row[]> {
    return work().catch((thrown) => {
      if (is(thrown, MISSING)) return [];
      throw thrown;
    });
  }

  /** Runs what writes, having made the tables where there are none. */
  async change<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (thrown) {
      if (!is(thrown, MISSING)) throw thrown;
    }
    await this.#make();
    return work();
  }

  async #make(): Promise<void> {
    const statements = [
      `CREATE SCHEMA IF NOT EXISTS ${this.#schema}`,
      `CREATE TABLE IF NOT EXISTS ${this.states} (key text PRIMARY KEY, value json NOT NULL, version text NOT NULL, updated_at timestamptz NOT NULL, updated_by text NOT NULL)`,
      `CREATE TABLE IF NOT EXISTS ${this.locks} (key text PRIMARY KEY, token text NOT NULL, holder json NOT NULL, expires timestamptz NOT NULL)`,
    ];
    for (const sql of statements) {
      await this.#client.rows(sql).catch((thrown) => {
        if (!is(thrown, MADE_BY_OTHERS)) throw thrown;
      });
    }
  }
}

function is(thrown: unknown, states: readonly string[]): boolean {
  const cause = thrown instanceof KpiError ? (thrown.cause as { readonly code?: string } | undefined) : undefined;
  return cause?.code !== undefined && states.includes(cause.code);
}
