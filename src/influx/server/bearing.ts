import type { ServerOptions } from "./server-options.js";

/** The same options with the token as InfluxDB 3 wants to see it. */
export function bearing(options: ServerOptions): ServerOptions {
  return { ...options, authorization: options.authorization?.replace(/^Token /, "Bearer ") ?? null };
}
