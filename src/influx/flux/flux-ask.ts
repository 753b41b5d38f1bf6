import type { RowsWriter } from "../columns/rows-writer.js";
import { statementError, truncated } from "../server/check-reply.js";
import type { DataAsk } from "../server/read-into.js";
import type { ServerOptions } from "../server/server-options.js";
import { CsvDecoder } from "./csv-decoder.js";
import type { RowReader } from "./row-reader.js";

const DIALECT = { header: true, delimiter: ",", annotations: ["datatype", "group", "default"] };

/** The request for a Flux query's data. */
export function fluxAsk(options: ServerOptions, query: string, writer: RowsWriter, rows: () => RowReader): DataAsk {
  const body = { type: "application/json", text: JSON.stringify({ query, type: "flux", dialect: DIALECT }) };
  const organisation = options.org === "" ? "" : `?${new URLSearchParams({ org: options.org })}`;
  return {
    ask: { method: "POST", path: `/api/v2/query${organisation}`, accept: "text/csv", body },
    type: "text/csv",
    decoder: () => {
      const decoder = new CsvDecoder(writer, rows());
      return {
        decode: (bytes, from, to) => decoder.decode(bytes, from, to),
        prove: (rest) => {
          const { complete, error } = decoder.verdict(rest);
          if (error !== null) throw statementError(options, error);
          if (!complete) throw truncated(options);
        },
      };
    },
  };
}
