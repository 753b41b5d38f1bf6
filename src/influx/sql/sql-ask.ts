import { truncated } from "../server/check-reply.js";
import type { DataAsk } from "../server/read-into.js";
import type { ServerOptions } from "../server/server-options.js";
import type { JsonLinesDecoder } from "./json-lines-decoder.js";

/** What servers call lines of JSON. */
const JSON_LINES = ["application/jsonl", "application/x-ndjson", "application/json"];

/** The request for a query's rows in the database. */
export function sqlRequest(database: string, query: string, format: "jsonl" | "json" | "parquet" = "jsonl"): DataAsk["ask"] {
  const body = { type: "application/json", text: JSON.stringify({ db: database, q: query, format }) };
  return { method: "POST", path: "/api/v3/query_sql", accept: "*/*", body };
}

/** The request for a SQL query's data: a row a line. */
export function sqlAsk(options: ServerOptions, database: string, query: string, open: () => JsonLinesDecoder): DataAsk {
  return {
    ask: sqlRequest(database, query),
    type: JSON_LINES,
    decoder: () => {
      const decoder = open();
      return {
        decode: (bytes, from, to) => decoder.decode(bytes, from, to),
        prove: (rest) => {
          if (rest > 0) throw truncated(options);
        },
      };
    },
  };
}
