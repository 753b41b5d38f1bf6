import type { SourceBucket } from "../../core/source-contents.js";
import { getJson, organisation } from "../server/get-json.js";
import type { ServerOptions } from "../server/server-options.js";

const PAGE = 100;
/** The server leaves out of a page what the token may not see, so that one may be empty though others follow. */
const EMPTY_PAGES = 3;
const HOUR = 3600;

interface Page {
  readonly buckets?: readonly { readonly name: string; readonly retentionRules?: readonly { readonly everySeconds?: number }[] }[];
}

/** The buckets of InfluxDB 2 that the token may see, by name. */
export async function listBuckets(options: ServerOptions, signal: AbortSignal): Promise<SourceBucket[]> {
  const found = new Map<string, SourceBucket>();
  for (let offset = 0, empty = 0; empty < EMPTY_PAGES; offset += PAGE) {
    const before = found.size;
    const parameters = { limit: String(PAGE), offset: String(offset), ...organisation(options) };
    const { buckets = [] } = (await getJson(options, "/api/v2/buckets", parameters, signal)) as Page;
    for (const { name, retentionRules } of buckets) found.set(name, { name, retention: retention(retentionRules?.[0]?.everySeconds ?? 0) });
    empty = found.size === before ? empty + 1 : 0;
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function retention(seconds: number): string | null {
  if (seconds === 0) return null;
  return seconds % HOUR === 0 ? `${seconds / HOUR}h` : `${seconds}s`;
}
