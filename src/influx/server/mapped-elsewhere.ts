import { type ErrorCode, KpiError } from "../../core/errors.js";
import { toDatabase } from "../influxql/query-json.js";
import { getJson, organisation } from "./get-json.js";
import type { ServerOptions } from "./server-options.js";

interface Mappings {
  readonly content?: readonly {
    readonly database: string;
    readonly retention_policy: string;
    readonly default: boolean;
    readonly virtual?: boolean;
    readonly bucketID: string;
  }[];
}

interface Buckets {
  readonly buckets?: readonly { readonly id: string; readonly name: string }[];
}

/** Errors of a server that does not tell, or not this token. */
const UNTOLD: ReadonlySet<ErrorCode> = new Set(["SOURCE_NOT_FOUND", "CREDENTIALS_REFUSED", "SOURCE_REFUSED", "SOURCE_UNEXPECTED"]);

/**
 * Whether somebody has mapped the database by whose name InfluxQL would read a bucket of InfluxDB 2 to another bucket, though there is one of just that
 * name: the other one's points would come without a word. False where the server does not tell.
 */
export async function isMappedElsewhere(options: ServerOptions, bucket: string, signal: AbortSignal): Promise<boolean> {
  if (options.org === "") return false;
  const { database, policy } = toDatabase(bucket);
  try {
    const { content = [] } = (await getJson(options, "/api/v2/dbrps", { db: database, ...organisation(options) }, signal)) as Mappings;
    const mapping = content
      .filter(({ virtual }) => virtual !== true)
      .find((each) => each.database === database && (policy === null ? each.default : each.retention_policy === policy));
    if (mapping === undefined) return false;
    const { buckets = [] } = (await getJson(options, "/api/v2/buckets", { name: bucket, ...organisation(options) }, signal)) as Buckets;
    return buckets.some(({ id, name }) => name === bucket && id !== mapping.bucketID);
  } catch (thrown) {
    if (thrown instanceof KpiError && UNTOLD.has(thrown.code)) return false;
    throw thrown;
  }
}
