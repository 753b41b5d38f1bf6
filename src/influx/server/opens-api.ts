import type { ServerOptions } from "./server-options.js";

/** Whether the credentials open the API of InfluxDB 2, Flux with it: a user and password open InfluxQL alone. */
export function opensApi({ authorization }: ServerOptions): boolean {
  return authorization?.startsWith("Basic ") !== true;
}
