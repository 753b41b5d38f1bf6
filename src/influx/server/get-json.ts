import { checkReply } from "./check-reply.js";
import { exchange } from "./exchange.js";
import { readText } from "./read-body.js";
import { retry } from "./retry.js";
import type { ServerOptions } from "./server-options.js";

/** What a server answers at a path, which names no secret. Throws `SOURCE_*` and `CREDENTIALS_REFUSED`. */
export function getJson(
  options: ServerOptions,
  path: string,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<unknown> {
  const ask = { method: "GET", path: `${path}?${new URLSearchParams(parameters)}`, accept: "application/json" } as const;
  return retry(options, signal, (until) =>
    exchange(options, ask, { signal, until }, async (reply) => {
      await checkReply(options, reply, "application/json");
      return JSON.parse(await readText(reply.body)) as unknown;
    }),
  );
}

/** The organisation as a parameter, where the connection names one. */
export function organisation({ org }: ServerOptions): Readonly<Record<string, string>> {
  return org === "" ? {} : { org };
}
