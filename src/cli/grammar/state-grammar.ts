import type { CommandGrammar, FlagGrammar } from "./command-grammar.js";

const REASON: FlagGrammar = ["--reason <text>", "why, for the history"];
const CHANGE: readonly FlagGrammar[] = [
  ["--yes", "do not ask"],
  ["--dry-run", "say what would change, and change nothing"],
];

/** `kpi state …`. */
export const STATE_GRAMMAR: readonly CommandGrammar[] = [
  {
    name: "state show",
    operands: "[pipeline]",
    summary: "how far a pipeline has come",
    examples: [
      ["kpi state show pipeline-horario", "its last processed hour"],
      ["kpi state show --json", "the same, for a program to read"],
    ],
    flags: [],
  },
  {
    name: "state set",
    operands: "[pipeline] <hour>",
    summary: "move the cursor: forward skips windows, back opens them again",
    examples: [
      ["kpi state set pipeline-horario 2026-01-01T10:00:00Z", "asks, then moves"],
      ["kpi state set pipeline-horario 2026-01-01T10:00:00Z --adopt --yes", "takes what is there as processed"],
    ],
    flags: [["--adopt", "mark the windows between as adopted: their rows are already there"], REASON, ...CHANGE],
  },
  {
    name: "state reset",
    operands: "[pipeline]",
    summary: "open everything again, from the first hour or a given one",
    examples: [
      ["kpi state reset pipeline-horario --dry-run", "what would be done again"],
      ["kpi state reset pipeline-horario --from 2026-01-01 --yes", "the year, without a question"],
    ],
    flags: [["--from <time>", "the first window to open (default: the first hour)"], REASON, ...CHANGE],
  },
  {
    name: "state skip",
    operands: "[pipeline] <hour>",
    summary: "settle one window that cannot be loaded",
    examples: [
      ['kpi state skip pipeline-horario 2026-01-01T10:00:00Z --reason "sensor off"', "settled, with the reason kept"],
      ["kpi plan pipeline-horario", "names the windows that need it"],
    ],
    flags: [REASON, ...CHANGE],
  },
  {
    name: "state list",
    operands: "",
    alias: "ls",
    summary: "how far every pipeline has come, and who works on it",
    examples: [
      ["kpi state list", "one line a pipeline"],
      ["kpi state list --json", "the same, for a program to read"],
    ],
    flags: [],
  },
  {
    name: "state history",
    operands: "[pipeline]",
    summary: "who changed a pipeline's state, when and why",
    examples: [
      ["kpi state history pipeline-horario", "the last 50 changes, newest first"],
      ["kpi state history --json", "the same, for a program to read"],
    ],
    flags: [],
  },
  {
    name: "state undo",
    operands: "[pipeline]",
    summary: "take the newest change of the history back",
    examples: [
      ["kpi state undo pipeline-horario --dry-run", "which change that is"],
      ['kpi state undo pipeline-horario --yes --reason "wrong hour"', "without a question"],
    ],
    flags: [REASON, ...CHANGE],
  },
  {
    name: "state export",
    operands: "",
    summary: "every pipeline's state and history as one JSON document",
    examples: [
      ["kpi state export > states.json", "a file that `kpi state import` reads"],
      ["kpi state export --json", "the same on one line"],
    ],
    flags: [],
  },
  {
    name: "state import",
    operands: "<file>",
    summary: "make every pipeline's state what an export says",
    examples: [
      ["kpi state import states.json --dry-run", "what would change"],
      ["kpi state import states.json --adopt --yes", "takes what the warehouse does not hold as done elsewhere"],
    ],
    flags: [["--adopt", "mark what the warehouse does not hold as adopted"], REASON, ...CHANGE],
  },
  {
    name: "state copy",
    operands: "[pipeline]",
    summary: "take cursors and their history to another store, or from one",
    examples: [
      ["kpi state copy --to duckdb", "every pipeline's, from the configured store; says what to change then"],
      ["kpi state copy pipeline-horario --from block --adopt", "from a store under `stores:`, as what another program has done"],
    ],
    flags: [
      ["--to <store>", "one under `stores:`, or a type (default: the configured store)"],
      ["--from <store>", "the same"],
      ["--adopt", "mark what the warehouse does not hold as adopted"],
      REASON,
      ...CHANGE,
    ],
  },
  {
    name: "state unlock",
    operands: "[pipeline]",
    summary: "say who holds a pipeline's locks, and take them away",
    examples: [
      ["kpi state unlock pipeline-horario --dry-run", "says who works on it, and since when"],
      ["kpi state unlock pipeline-horario --yes", "takes the lock away"],
    ],
    flags: [REASON, ...CHANGE],
  },
];
