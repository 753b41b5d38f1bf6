import { PointWriter } from "../columns/point-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import { checkReply } from "../server/check-reply.js";
import { exchange } from "../server/exchange.js";
import { readText } from "../server/read-body.js";
import { retry } from "../server/retry.js";
import type { ServerOptions } from "../server/server-options.js";
import { fluxAsk } from "./flux-ask.js";
import type { RowReader } from "./row-reader.js";

/** Runs a query whose reply is small and gives its rows to a reader that `open` makes for each try. */
export function queryRows<Rows extends RowReader>(
  options: ServerOptions,
  query: string,
  open: () => Rows,
  signal: AbortSignal,
): Promise<Rows> {
  const nowhere = new PointWriter(() => Promise.reject(new Error("these rows need no table")), toTimeRange(null));
  nowhere.changed = false;
  return retry(options, signal, (until) => {
    const rows = open();
    const data = fluxAsk(options, query, nowhere, () => rows);
    return exchange(options, data.ask, { signal, until }, async (reply) => {
      await checkReply(options, reply, data.type);
      const bytes = Buffer.from(await readText(reply.body));
      const decoder = data.decoder();
      decoder.prove(bytes.length - decoder.decode(bytes, 0, bytes.length));
      return rows;
    });
  });
}
