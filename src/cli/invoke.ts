import { toKpiError } from "../core/errors.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import { COMMANDS } from "./commands.js";
import { openFace } from "./face.js";
import { fail } from "./fail.js";
import type { Flags } from "./grammar/flags.js";
import { perform } from "./perform.js";
import { openSession } from "./session.js";
import { listenForSignals } from "./signals.js";

interface Call {
  readonly name: string;
  readonly operands: readonly string[];
  readonly flags: Flags;
}

/** Loads a command and carries it out, stoppable by signals. Gives the exit status, after all was said. */
export async function invoke(line: CommandLine, { name, operands, flags: read }: Call): Promise<number> {
  const { flags, diagnostics } = await openFace(line, read);
  using stop = listenForSignals(line.host, diagnostics.note);
  const session = openSession({ ...line, flags, diagnostics, signal: stop.signal });
  try {
    const load = COMMANDS[name] as () => Promise<Command>;
    return await perform(await load(), session, operands);
  } catch (thrown) {
    return await fail(line, toKpiError(thrown), session.issues);
  }
}
