import type { StateStore } from "../../../src/core/state-store.js";
import gcs from "../../../src/state/gcs.js";
import postgres from "../../../src/state/postgres.js";
import s3 from "../../../src/state/s3.js";
import { findFakeGcs, startFakeGcs } from "../../servers/fake-gcs.js";
import { findPostgres, startPostgres } from "../../servers/postgres.js";
import { findSeaweedfs, startSeaweedfs } from "../../servers/seaweedfs.js";
import type { StateServer } from "../../servers/state-server.js";
import { contextOf } from "./open-stores.js";

const TYPES = { postgres, s3, gcs };

export type ServerStore = keyof typeof TYPES;

/** The stores whose states lie on a server: how that is found, and started. */
export const SERVERS: Readonly<Record<ServerStore, { find(): string | null; start(program: string): Promise<StateServer> }>> = {
  postgres: { find: findPostgres, start: startPostgres },
  s3: { find: findSeaweedfs, start: startSeaweedfs },
  gcs: { find: findFakeGcs, start: startFakeGcs },
};

/** Opens a store at a place that its server has given, as a project does. */
export async function openServerStore(type: ServerStore, place: Readonly<Record<string, unknown>>): Promise<StateStore> {
  const store: { readonly config: { parse(settings: unknown): unknown }; open: unknown } = TYPES[type];
  const open = store.open as (settings: unknown, context: ReturnType<typeof contextOf>) => Promise<StateStore>;
  return open(store.config.parse(place), contextOf("/nowhere"));
}
