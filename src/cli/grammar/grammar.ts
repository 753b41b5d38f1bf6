import type { CommandGrammar, FlagGrammar } from "./command-grammar.js";
import { parseCount, parseLast, parseNames, parseOnFailure, parsePart, parseRerun, parseStatus, parseWait } from "./parse-flags.js";
import { STATE_GRAMMAR } from "./state-grammar.js";

/** How long a bare `--wait` waits. */
export const LONGEST_WAIT = "1d";

export const GLOBAL_FLAGS: readonly FlagGrammar[] = [
  ["--config <file>", "the configuration file (KPI_CONFIG; default: config/config.yaml, config.yaml)"],
  ["--now <time>", "take this moment for now (KPI_NOW; default: the clock)"],
  ["--json", "print the result as one JSON document"],
  ["--events", "print everything that happens as JSON lines on stderr (KPI_LOG=json)"],
  ["-q, --quiet", "print warnings and errors only, and the result of what only shows"],
  ["-v, --verbose", "print every step"],
  ["--no-color", "no colours (NO_COLOR)"],
];

const UNTIL: FlagGrammar = ["--until <time>", "no window that ends later"];
const MAX_WINDOWS: FlagGrammar = ["--max-windows <number>", "so many windows at most", parseCount];
const ALLOW_EMPTY: FlagGrammar = ["--allow-empty", "a window's rows may be replaced by none"];

const KEY: FlagGrammar = ["--key <columns>", "the columns, with commas between, that tell which rows belong together", parseNames];
const TOLERANCE: FlagGrammar = ["--tolerance <part>", "by which part of the larger one numbers may differ (default: 1e-9)", parsePart];

/** What the commands of two words are about. */
export const GROUPS: Readonly<Record<string, string>> = {
  state: "show or change how far a pipeline has come",
  source: "look at what a source holds",
  runs: "look at past runs, and at live ones",
};

export const GRAMMAR: readonly CommandGrammar[] = [
  {
    name: "run",
    operands: "[pipeline]",
    summary: "do the windows that are due",
    examples: [
      ["kpi run pipeline-horario", "from the cursor to the last full hour"],
      ["kpi run --all --json", "every pipeline in turn, told as one document"],
    ],
    flags: [
      ["--all", "every pipeline that has windows, in turn"],
      UNTIL,
      MAX_WINDOWS,
      ["--dry-run", "the same as `kpi plan`"],
      ["--wait [duration]", `wait for another runner to finish (bare: ${LONGEST_WAIT})`, parseWait],
      ALLOW_EMPTY,
      ["--run-id <id>", "the run's id (default: a new UUIDv7)"],
      ["--keep", "keep the run's workspace, to look at"],
    ],
  },
  {
    name: "plan",
    operands: "[pipeline]",
    summary: "what `run` would do, and why, without doing it",
    examples: [
      ["kpi plan pipeline-horario", "windows, each with its reason"],
      ["kpi plan pipeline-horario --diff", "which rows it would add, change and remove, from which values to which"],
    ],
    flags: [
      UNTIL,
      MAX_WINDOWS,
      ALLOW_EMPTY,
      ["--explain", "with the query that each source would get"],
      ["--detailed-exitcode", "exit status 10 when there is something to do"],
      ["--diff", "compute the windows and show what they would change; nothing is published"],
      KEY,
      TOLERANCE,
    ],
  },
  {
    name: "backfill",
    operands: "[pipeline]",
    summary: "do the windows of a stretch of time, whatever the cursor says",
    examples: [
      ["kpi backfill pipeline-horario --from 2026-01-01 --to 2026-02-01", "what is missing in January"],
      ["kpi backfill --resume last", "goes on with one that was broken off, on this machine or another"],
    ],
    flags: [
      ["--from <time>", "the first window's start"],
      ["--to <time>", "the end of the last window"],
      [
        "--rerun <which>",
        "missing, failed (however often), late (other counts at the source), stale (of an older definition) or all (default: missing)",
        parseRerun,
      ],
      ["--concurrency <number>", "so many spans in memory at once: extracted side by side, published in order (default: 2)", parseCount],
      ["--newest-first", "the newest windows before the older ones"],
      ["--on-failure <what>", "after a window that failed: stop or continue (default: continue)", parseOnFailure],
      ["--resume <id>", "go on with an unfinished backfill: its id, the beginning of it, or `last`; instead of --from and --to"],
      ["--anew", "start over what an unfinished backfill has already done again"],
      MAX_WINDOWS,
      ["--dry-run", "plan it, and do nothing"],
      ["--diff", "with --dry-run: compute the windows and show what they would change; nothing is published"],
      KEY,
      TOLERANCE,
      ["--wait [duration]", `wait for another backfill to finish (bare: ${LONGEST_WAIT})`, parseWait],
      ALLOW_EMPTY,
      ["--run-id <id>", "the run's id (default: a new UUIDv7)"],
      ["--keep", "keep the run's workspace, to look at"],
    ],
  },
  {
    name: "show",
    operands: "[pipeline]",
    summary: "the newest KPIs, as a table with a small chart each",
    examples: [
      ["kpi show pipeline-horario", "the last 24 windows"],
      ["kpi show --last 7d --json", "a week, for a program to read"],
    ],
    flags: [["--last <duration|windows>", "how far back (default: 24 windows)", parseLast]],
  },
  {
    name: "hours",
    operands: "[pipeline]",
    summary: "a picture of days and hours: loaded, empty, failed, missing",
    examples: [
      ["kpi hours pipeline-horario", "the last 30 days"],
      ["kpi hours --from 2026-01-01 --to 2026-02-01 --json", "January as ranges, for a program to read"],
    ],
    flags: [
      ["--last <duration|windows>", "how far back (default: 30d; of days 365d)", parseLast],
      ["--from <time>", "the first hour, instead of --last"],
      ["--to <time>", "the end of the last hour (default: the last that settled)"],
    ],
  },
  {
    name: "verify",
    operands: "[pipeline]",
    summary: "source, ledger and warehouse, hour by hour; ends with 1 where they differ",
    examples: [
      ["kpi verify pipeline-horario --from 2026-01-01 --to 2026-02-01", "is January complete?"],
      ["kpi verify pipeline-horario --against legacy_kpis --key window_start,sensor_id", "the published table beside another one"],
    ],
    flags: [
      ["--from <time>", "the first hour (default: that of the pipeline)"],
      ["--to <time>", "the end of the last hour (default: the last that settled)"],
      ["--fix", "do the hours that differ again"],
      ALLOW_EMPTY,
      ["--against <table>", "compare the published table with another one of the warehouse, key by key"],
      KEY,
      TOLERANCE,
    ],
  },
  {
    name: "runs list",
    operands: "[pipeline]",
    alias: "ls",
    isDefault: true,
    summary: "the newest runs: when, how long, how they ended",
    examples: [
      ["kpi runs list", "the last 20; `kpi runs` alone does the same"],
      ["kpi runs list pipeline-horario --status failed --last 7d", "a week's failures of one pipeline"],
    ],
    flags: [
      ["--last <number|duration>", "how many, or how far back (default: 20)", parseLast],
      ["--window <time>", "only those that did the window of this time"],
      ["--status <status>", "only those that are ok, failed, running, interrupted or unknown", parseStatus],
    ],
  },
  {
    name: "runs show",
    operands: "[run]",
    summary: "one run: its steps, what failed and why, what it has left",
    examples: [
      ["kpi runs show last", "the newest"],
      ["kpi runs show 01a210a5 --step kpi", "with a look at what a step put out"],
    ],
    flags: [["--step <step>", "print the sample of this step's rows"]],
  },
  {
    name: "runs logs",
    operands: "[run]",
    summary: "everything that happened in a run, line by line",
    examples: [
      ["kpi runs logs last", "what the newest run did"],
      ["kpi runs logs last --follow", "goes on until it ends"],
    ],
    flags: [["--follow", "wait for what is still to come"]],
  },
  {
    name: "runs prune",
    operands: "",
    summary: "remove the folders of old runs",
    examples: [
      ["kpi runs prune", "those of more than 30 days ago"],
      ["kpi runs prune --older-than 12h --json", "nearly all; their ids, for a program to read"],
    ],
    flags: [["--older-than <duration>", "last written to longer ago than this (default: 30d)", parseWait]],
  },
  ...STATE_GRAMMAR,
  {
    name: "source ls",
    operands: "[connection]",
    alias: "list",
    summary: "what a source holds: buckets, measurements, tags and fields",
    examples: [
      ["kpi source ls influx --bucket sensors", "its measurements"],
      ["kpi source ls --bucket sensors --measurement airSensors --json", "tags, fields, first and last point, for a program to read"],
    ],
    flags: [
      ["--bucket <bucket>", "the measurements of this bucket (InfluxDB 1: database, or database/retention-policy)"],
      ["--measurement <measurement>", "the tags and fields of this measurement of the bucket"],
    ],
  },
  {
    name: "doctor",
    operands: "",
    summary: "try everything a run needs: connections, warehouse, state store, secrets",
    examples: [
      ["kpi doctor", "what is well and what is not, with what to do about it"],
      ["kpi doctor --offline --json", "without asking other machines, for a program to read"],
    ],
    flags: [["--offline", "ask nothing of other machines"]],
  },
  {
    name: "validate",
    operands: "",
    summary: "check the configuration: every error with file, line and column",
    examples: [
      ["kpi validate", "the configuration of this folder"],
      ["kpi validate --config other/config.yaml --json", "another one, for a program to read"],
    ],
    flags: [],
  },
  {
    name: "nodes",
    operands: "[type]",
    summary: "the node types there are, or one with its settings",
    examples: [
      ["kpi nodes", "all of them"],
      ["kpi nodes aggregate", "one: settings, defaults, examples"],
    ],
    flags: [],
  },
  {
    name: "schema",
    operands: "",
    summary: "the JSON Schema of the configuration, for editors",
    examples: [
      ["kpi schema > config/kpi.schema.json", "a file for the editor's modeline"],
      ["kpi schema --json", "the same inside a result document"],
    ],
    flags: [],
  },
  {
    name: "sample",
    operands: "",
    summary: "write a folder of sample sensor data",
    examples: [
      ["kpi sample", "48 hours up to now, in ./sample"],
      ["kpi sample --folder data/lp --hours 6", "less, elsewhere"],
    ],
    flags: [
      ["--folder <path>", "where (default: sample)"],
      ["--hours <number>", "how many hours (default: 48)", parseCount],
    ],
  },
];
