import type { Probe } from "../core/connection.js";
import type { PrefectClient } from "./prefect-client.js";

/** Asks something that needs credentials, then for the version, which Prefect Cloud does not tell. Throws what the client throws. */
export async function probePrefect(client: PrefectClient): Promise<Probe> {
  const { now } = await client.ask({ method: "POST", path: "/block_types/filter", body: { limit: 1 } });
  const told = await client.ask({ method: "GET", path: "/admin/version" }).catch(() => null);
  const version = typeof told?.body === "string" ? told.body : "unknown";
  return { version, detail: told === null ? "Prefect" : `Prefect ${version}`, clock: now };
}
