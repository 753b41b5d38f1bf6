import type { StateStore, StateStoreContext } from "../../../src/core/state-store.js";
import type { LeasePatience } from "../../../src/prefect/leased-limits.js";
import { PrefectClient } from "../../../src/prefect/prefect-client.js";
import { openPrefectStore as open } from "../../../src/state/lib/open-prefect-store.js";
import prefect from "../../../src/state/prefect.js";
import { contextOf } from "./open-stores.js";

/** The store as a project opens it. */
export async function openPrefectStore(url: string, block: string, options: Partial<StateStoreContext> = {}): Promise<StateStore> {
  return prefect.open({ api_url: url, api_key: "", auth_string: "", block_type: block }, contextOf("/nowhere", options));
}

/** The same with less patience for slots that are stuck than Prefect's leases ask for. */
export function openImpatientStore(url: string, block: string, patience: LeasePatience): StateStore {
  return openStoreWith(new PrefectClient({ url, authorization: null }), block, patience);
}

/** The same over a client of the test's. */
export function openStoreWith(client: PrefectClient, block: string, patience?: LeasePatience): StateStore {
  return open({ client, slug: block, warn: contextOf("/nowhere").warn, patience });
}
