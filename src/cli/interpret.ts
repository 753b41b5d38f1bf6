import { CommanderError } from "commander";
import type { CommandLine } from "./command-line.js";
import { createProgram, shortHelp } from "./grammar/create-program.js";
import { spellOutWait } from "./grammar/spell-out-wait.js";
import { usageError } from "./grammar/usage-error.js";

/** Reads a command line and does what it says; help, asked for or needed, goes to stdout. Gives the exit status. Throws USAGE. */
export async function interpret(line: CommandLine, version: string): Promise<number> {
  let help = "";
  let exit = 0;
  const program = createProgram({
    version,
    width: line.host.stdout.columns || 80,
    write: (text) => {
      help += text;
    },
    async invoke(name, operands, flags) {
      const { invoke } = await import("./invoke.js");
      exit = await invoke(line, { name, operands, flags });
    },
  });
  try {
    await program.parseAsync(spellOutWait(line.argv), { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode !== 0 && thrown.code !== "commander.help") throw usageError(thrown);
    if (thrown.code === "commander.help" && program.args.length === 0) help = shortHelp();
  }
  line.output.result(help);
  return exit;
}
