import type { SourceBucket } from "../../core/source-contents.js";
import { checkReply } from "../server/check-reply.js";
import { exchange } from "../server/exchange.js";
import { readText } from "../server/read-body.js";
import { retry } from "../server/retry.js";
import type { ServerOptions } from "../server/server-options.js";

const PAGE = 100;
const HOUR = 3600;

interface Page {
  readonly buckets?: readonly { readonly name: string; readonly retentionRules?: readonly { readonly everySeconds?: number }[] }[];
}

/** The buckets of InfluxDB 2 that the token may see, by name. */
export async function listBuckets(options: ServerOptions, signal: AbortSignal): Promise<SourceBucket[]> {
  const found: SourceBucket[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const { buckets = [] } = await page(options, offset, signal);
    for (const { name, retentionRules } of buckets) found.push({ name, retention: retention(retentionRules?.[0]?.everySeconds ?? 0) });
    if (buckets.length < PAGE) return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function retention(seconds: number): string | null {
  if (seconds === 0) return null;
  return seconds % HOUR === 0 ? `${seconds / HOUR}h` : `${seconds}s`;
}

function page(options: ServerOptions, offset: number, signal: AbortSignal): Promise<Page> {
  const organisation = options.org === "" ? {} : { org: options.org };
  const parameters = new URLSearchParams({ limit: String(PAGE), offset: String(offset), ...organisation });
  const ask = { method: "GET", path: `/api/v2/buckets?${parameters}`, accept: "application/json" } as const;
  return retry(options, signal, (until) =>
    exchange(options, ask, { signal, until }, async (reply) => {
      await checkReply(options, reply, "application/json");
      return JSON.parse(await readText(reply.body)) as Page;
    }),
  );
}
