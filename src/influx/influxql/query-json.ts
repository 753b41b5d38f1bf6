import { checkReply, statementError, truncated } from "../server/check-reply.js";
import { exchange } from "../server/exchange.js";
import { readText } from "../server/read-body.js";
import { retry } from "../server/retry.js";
import type { ServerOptions } from "../server/server-options.js";

/** A database of InfluxDB 1, or what stands for one on InfluxDB 2; `policy` null = its default. */
export interface DatabaseName {
  readonly database: string;
  readonly policy: string | null;
}

/** Reads `database` or `database/retention-policy`. */
export function toDatabase(bucket: string): DatabaseName {
  const slash = bucket.indexOf("/");
  return slash === -1 ? { database: bucket, policy: null } : { database: bucket.slice(0, slash), policy: bucket.slice(slash + 1) };
}

/** The path of a query, with what else is to be said about it. */
export function queryPath({ database, policy }: DatabaseName, statement: string, more: Readonly<Record<string, string>> = {}): string {
  const parameters = new URLSearchParams({ db: database, ...(policy === null ? {} : { rp: policy }), epoch: "ns", ...more, q: statement });
  return `/query?${parameters}`;
}

/** A table of a small reply. */
export interface JsonSeries {
  readonly name?: string;
  readonly columns: readonly string[];
  readonly values?: readonly (readonly unknown[])[];
}

interface JsonReply {
  readonly error?: string;
  readonly results?: readonly { readonly error?: string; readonly series?: readonly JsonSeries[]; readonly partial?: boolean }[];
}

/** Runs statements whose replies are small: the series of each. Throws `SOURCE_*` and `CREDENTIALS_REFUSED`. */
export async function queryJson(
  options: ServerOptions,
  database: DatabaseName,
  statements: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly JsonSeries[])[]> {
  const replies = await ask(options, database, statements.join("; "), signal);
  const message = replies.error ?? replies.results?.find((result) => result.error !== undefined)?.error;
  // of several statements 1.x may tell only that the others were not executed; alone, each tells why
  if (message === NOT_EXECUTED && statements.length > 1)
    return (await Promise.all(statements.map((one) => queryJson(options, database, [one], signal)))).flat();
  if (message !== undefined) throw statementError(options, message);
  const { results = [] } = replies;
  if (results.length !== statements.length || results.some(({ partial }) => partial === true)) throw truncated(options);
  return results.map(({ series = [] }) => series);
}

const NOT_EXECUTED = "not executed";

function ask(options: ServerOptions, database: DatabaseName, text: string, signal: AbortSignal): Promise<JsonReply> {
  const request = { method: "GET", path: queryPath(database, text), accept: "application/json" } as const;
  return retry(options, signal, (until) =>
    exchange(options, request, { signal, until }, async (reply) => {
      await checkReply(options, reply, "application/json");
      return parse(options, await readText(reply.body));
    }),
  );
}

function parse(options: ServerOptions, text: string): JsonReply {
  try {
    return JSON.parse(text) as JsonReply;
  } catch (thrown) {
    throw truncated(options, thrown);
  }
}
