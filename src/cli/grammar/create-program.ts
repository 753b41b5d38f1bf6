import { Command, Option } from "commander";
import type { CommandGrammar, FlagGrammar } from "./command-grammar.js";
import type { Flags } from "./flags.js";
import { GLOBAL_FLAGS, GRAMMAR, GROUPS } from "./grammar.js";

/** What is done with a command line that was understood. */
type Invoke = (name: string, operands: readonly string[], flags: Flags) => Promise<void>;

interface ProgramOptions {
  readonly version: string;
  /** Columns for help texts. */
  readonly width: number;
  readonly invoke: Invoke;
  /** Takes help texts. */
  readonly write: (text: string) => void;
}

/** The grammar as a commander program that never ends the process: what it cannot read it throws. */
export function createProgram({ version, width, invoke, write }: ProgramOptions): Command {
  const program = new Command("kpi")
    .description("Hourly KPIs from InfluxDB to DuckDB: complete or nothing, each hour once")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: write,
      writeErr: write,
      outputError: () => {},
      getOutHelpWidth: () => width,
      getErrHelpWidth: () => width,
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .addHelpText("before", formatExamples([...runExamples(), ["kpi help exit-codes", "what each exit status means"]]));
  for (const flag of GLOBAL_FLAGS) program.addOption(toOption(flag));
  for (const command of GRAMMAR) declare(program, command, invoke);
  declareHelp(program, invoke);
  return program;
}

/** What a bare `kpi` prints. */
export function shortHelp(): string {
  const topics = new Map(GRAMMAR.map(({ name, summary }) => [topicOf(name), GROUPS[topicOf(name)] ?? summary]));
  const lines = [...topics].map(([topic, summary]) => `  ${topic.padEnd(14)}${summary}\n`).join("");
  return `${formatExamples(runExamples())}\nCommands:\n${lines}\nTry: kpi COMMAND --help\n`;
}

/** The first word of a command: the commands of a group are told together. */
function topicOf(name: string): string {
  return name.split(" ")[0] ?? name;
}

function runExamples() {
  return GRAMMAR[0]?.examples ?? [];
}

function declare(program: Command, grammar: CommandGrammar, invoke: Invoke): void {
  const [verb, group] = grammar.name.split(" ").reverse();
  const parent = group === undefined ? program : groupOf(program, group);
  const command = parent
    .command(verb as string, { isDefault: grammar.isDefault === true })
    .summary(grammar.summary)
    .description(grammar.summary)
    .usage(`[options] ${grammar.operands}`.trim())
    .addHelpText("before", formatExamples(grammar.examples))
    .action(async () => invoke(grammar.name, command.args, command.optsWithGlobals<Flags>()));
  if (grammar.alias !== undefined) command.alias(grammar.alias);
  // `[pipeline] <hour>`: an operand that may be left out cannot stand before one that may not, so commander takes both as optional.
  for (const operand of grammar.operands.matchAll(/\w+/g)) command.argument(`[${operand[0]}]`);
  for (const flag of grammar.flags) command.addOption(toOption(flag));
}

function groupOf(program: Command, name: string): Command {
  return program.commands.find((command) => command.name() === name) ?? program.command(name).summary(GROUPS[name] ?? "");
}

function declareHelp(program: Command, invoke: Invoke): void {
  const help = program
    .command("help")
    .summary("help on a command, or `exit-codes`")
    .argument("[topic...]")
    .action(async (topic: string[]) => {
      if (topic[0] === "exit-codes") return invoke("help exit-codes", [], help.optsWithGlobals<Flags>());
      const command = topic.reduce((parent, name) => {
        const child = parent.commands.find((candidate) => candidate.name() === name || candidate.alias() === name);
        return child ?? parent.error(`error: no help on '${topic.join(" ")}'`, { code: "commander.unknownCommand" });
      }, program);
      command.outputHelp();
    });
}

function toOption([flags, meaning, parse]: FlagGrammar): Option {
  const option = new Option(flags, meaning);
  return parse === undefined ? option : option.argParser((text) => parse(text, option.long ?? flags));
}

function formatExamples(examples: CommandGrammar["examples"]): string {
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(([command, meaning]) => `  $ ${command.padEnd(width)}  ${meaning}\n`);
  return `Examples:\n${lines.join("")}`;
}
