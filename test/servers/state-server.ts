import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A server that a state store keeps its states on. */
export interface StateServer extends AsyncDisposable {
  /** Where it listens on loopback. */
  readonly port: number;
  /** A place of its own in it, where nothing is stored yet: the settings of its store, at another port where one is given. */
  place(port?: number): Promise<Readonly<Record<string, unknown>>>;
  /** Kills the server and starts it again with all it had on disk. */
  restart(): Promise<void>;
}

/** The virtual environment with the object stores. */
export const OBJECT_STORES = process.env.KPI_TEST_OBJECT_STORES ?? join(homedir(), ".cache/kpi-tests/object-stores");

/** Says once that a server is not there: an error with KPI_REQUIRE_SERVERS=1. */
export function missing(server: string, how: string): null {
  if (process.env.KPI_REQUIRE_SERVERS === "1") throw new Error(`${server} is not installed: ${how}`);
  console.warn(`skipped: ${server} is not installed (${how})`);
  return null;
}

/** Asks until the answer is yes, for 20 s. */
export async function untilTrue(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await ask()) return;
    await sleep(50);
  }
  throw new Error(`${what} does not answer`);
}
