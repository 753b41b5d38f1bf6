import type { App } from "./app.js";
import type { Host } from "./host.js";
import type { Output } from "./output.js";

/** What was typed, where, and what is there to answer it. */
export interface CommandLine {
  readonly argv: readonly string[];
  readonly host: Host;
  readonly app: App;
  readonly output: Output;
}
