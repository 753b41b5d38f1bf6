import { KpiError } from "../core/errors.js";
import type { PrefectSettings } from "../core/secret-source.js";
import { authorization } from "../prefect/authorization.js";
import { PrefectClient } from "../prefect/prefect-client.js";

/** The Prefect that the environment names. Throws CONFIG_INVALID for an address that is none. */
export function openPrefect({ url, key, auth }: PrefectSettings): PrefectClient {
  if (!URL.canParse(url)) throw new KpiError("CONFIG_INVALID", `Cannot use "${url}" as PREFECT_API_URL: it is no address`);
  return new PrefectClient({ url, authorization: authorization(key, auth) });
}
