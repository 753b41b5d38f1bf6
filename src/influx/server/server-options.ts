import type { Route } from "../../net/open-route.js";

/** How to speak to a server. Times in ms. */
export interface ServerOptions {
  /** The connection's name, for messages. */
  readonly name: string;
  readonly url: string;
  readonly org: string;
  readonly authorization: string | null;
  readonly version: "auto" | 1 | 2 | 3;
  /** How long it may be silent. */
  readonly timeout: number;
  /** How long a query may take in all. */
  readonly deadline: number;
  readonly retries: number;
  /** Whether replies may come compressed. */
  readonly gzip: boolean;
  readonly route: Route;
}
