import { quoteLiteral } from "../../core/sql.js";
import type { FieldType } from "../point-query.js";
import { checkReply, truncated } from "../server/check-reply.js";
import { exchange } from "../server/exchange.js";
import { readText } from "../server/read-body.js";
import { retry } from "../server/retry.js";
import type { ServerOptions } from "../server/server-options.js";
import type { SourceSchema } from "../source-schema.js";
import { sqlRequest } from "./sql-ask.js";

type SmallRow = Readonly<Record<string, string | number | undefined>>;

/** Runs a query whose reply is small: as one array, for of lines nobody could tell whether they are all. Throws `SOURCE_*` and `CREDENTIALS_REFUSED`. */
export function querySql(options: ServerOptions, database: string, query: string, signal: AbortSignal): Promise<SmallRow[]> {
  return retry(options, signal, (until) =>
    exchange(options, sqlRequest(database, query, "json"), { signal, until }, async (reply) => {
      await checkReply(options, reply, "application/json");
      const text = await readText(reply.body);
      if (!text.trimEnd().endsWith("]")) throw truncated(options);
      return JSON.parse(text) as SmallRow[];
    }),
  );
}

const TYPES: Readonly<Record<string, FieldType>> = {
  Float64: "DOUBLE",
  Int64: "BIGINT",
  UInt64: "UBIGINT",
  Boolean: "BOOLEAN",
  Utf8: "VARCHAR",
  LargeUtf8: "VARCHAR",
  Utf8View: "VARCHAR",
};

/** The tags and fields of a measurement: a table whose tags are columns of dictionaries. */
export async function readSqlSchema(
  options: ServerOptions,
  database: string,
  measurement: string,
  signal: AbortSignal,
): Promise<SourceSchema> {
  const columns = `SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'iox' AND table_name = ${quoteLiteral(measurement)}`;
  const rows = await querySql(options, database, columns, signal);
  const named = rows.map(({ column_name: name, data_type: type }) => [String(name), String(type)] as const);
  const fields = named.flatMap(([name, type]) => {
    const known = TYPES[type];
    return known === undefined ? [] : [[name, new Set([known])] as const];
  });
  return { tags: new Set(named.flatMap(([name, type]) => (type.startsWith("Dictionary(") ? [name] : []))), fields: new Map(fields) };
}
