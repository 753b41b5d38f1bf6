import { hasColour, openPaint } from "./colour.js";
import type { CommandLine } from "./command-line.js";
import type { Flags } from "./grammar/flags.js";
import { type Diagnostics, openDiagnostics } from "./reporters/diagnostics.js";

/** How a command line wants to be spoken to. */
export interface Face {
  readonly flags: Flags;
  readonly diagnostics: Diagnostics;
}

/** By the flags that were read; by the words themselves where the line could not be read; by the environment. */
export async function openFace({ argv, host, output }: CommandLine, read: Flags = {}): Promise<Face> {
  const { KPI_LOG: log, KPI_DEBUG: debug } = host.env;
  const says = (flag: string) => argv.includes(flag);
  const flags = { ...read, json: says("--json"), events: says("--events") || log === "json", color: !says("--no-color") };
  const paint = await openPaint(hasColour(host, host.stderr, flags.color));
  return { flags, diagnostics: openDiagnostics({ output, flags, paint, debug: debug === "1" }) };
}
