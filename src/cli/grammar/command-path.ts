import { GRAMMAR, GROUPS } from "./grammar.js";

/** The command that a command line, however wrong the rest of it is, seems to mean: `kpi state set`, or `kpi` where it names none. */
export function commandPath(argv: readonly string[]): string {
  const words = ` ${argv.filter((word) => !word.startsWith("-")).join(" ")} `;
  const named = [...Object.keys(GROUPS), ...GRAMMAR.map(({ name }) => name)].filter((name) => words.includes(` ${name} `));
  return ["kpi", ...named.sort((a, b) => b.length - a.length).slice(0, 1)].join(" ");
}
