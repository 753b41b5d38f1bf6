import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/grammar/create-program.js";
import { GRAMMAR, GROUPS } from "../../src/cli/grammar/grammar.js";
import { spellOutWait } from "../../src/cli/grammar/spell-out-wait.js";
import { kpi } from "./support/kpi.js";

const CASES: readonly [typed: string, name: string, operands: readonly string[], flags: object][] = [
  ["run", "run", [], {}],
  ["run P", "run", ["P"], {}],
  ["run --all", "run", [], { all: true }],
  [
    "backfill P --from 2026-01-01 --to 2026-01-02 --rerun all --dry-run",
    "backfill",
    ["P"],
    { from: "2026-01-01", to: "2026-01-02", rerun: "all", dryRun: true },
  ],
  ["run P --until 2026-01-02 --max-windows 5", "run", ["P"], { until: "2026-01-02", maxWindows: 5 }],
  ["run P --dry-run --allow-empty --keep --run-id x", "run", ["P"], { dryRun: true, allowEmpty: true, keep: true, runId: "x" }],
  ["run --wait 5m P", "run", ["P"], { wait: 300_000 }],
  ["run --wait=1h30m P", "run", ["P"], { wait: 5_400_000 }],
  ["run --wait P", "run", ["P"], { wait: 86_400_000 }],
  ["run P --wait", "run", ["P"], { wait: 86_400_000 }],
  ["run --wait --json P", "run", ["P"], { wait: 86_400_000, json: true }],
  ["--json --config c.yaml run P", "run", ["P"], { json: true, config: "c.yaml" }],
  ["run P --json --config c.yaml", "run", ["P"], { json: true, config: "c.yaml" }],
  ["run --events -q -v --no-color P", "run", ["P"], { events: true, quiet: true, verbose: true, color: false }],
  ["--now 2026-01-01T10:00:00Z state show P", "state show", ["P"], { now: "2026-01-01T10:00:00Z" }],
  [
    "plan P --explain --detailed-exitcode --until T --max-windows 1",
    "plan",
    ["P"],
    { explain: true, detailedExitcode: true, until: "T", maxWindows: 1 },
  ],
  ["show P --last 12", "show", ["P"], { last: { windows: 12 } }],
  ["show --last 24h", "show", [], { last: { ms: 86_400_000 } }],
  ["hours P --last 30d", "hours", ["P"], { last: { ms: 2_592_000_000 } }],
  ["hours --from 2026-01-01 --to 2026-02-01", "hours", [], { from: "2026-01-01", to: "2026-02-01" }],
  ["verify P --from T --to T --fix --allow-empty", "verify", ["P"], { from: "T", to: "T", fix: true, allowEmpty: true }],
  ["verify --against a.b --key x,y --tolerance 1e-6", "verify", [], { against: "a.b", key: ["x", "y"], tolerance: 1e-6 }],
  ["runs", "runs list", [], {}],
  ["runs P --status failed", "runs list", ["P"], { status: "failed" }],
  ["runs ls --last 5", "runs list", [], { last: { windows: 5 } }],
  ["runs show last --step kpi", "runs show", ["last"], { step: "kpi" }],
  ["runs logs R --follow", "runs logs", ["R"], { follow: true }],
  ["runs prune --older-than 1d", "runs prune", [], { olderThan: 86_400_000 }],
  ["state set P T --adopt --reason r --yes --dry-run", "state set", ["P", "T"], { adopt: true, reason: "r", yes: true, dryRun: true }],
  ["state set T", "state set", ["T"], {}],
  ["state reset P --from T --yes", "state reset", ["P"], { from: "T", yes: true }],
  ["state skip P T --reason r --yes", "state skip", ["P", "T"], { reason: "r", yes: true }],
  ["state list", "state list", [], {}],
  ["state ls", "state list", [], {}],
  ["state history P", "state history", ["P"], {}],
  ["state undo P --reason r --yes --dry-run", "state undo", ["P"], { reason: "r", yes: true, dryRun: true }],
  ["state export", "state export", [], {}],
  ["state import F --adopt --reason r --yes", "state import", ["F"], { adopt: true, reason: "r", yes: true }],
  ["state copy P --from S --to T --adopt --yes", "state copy", ["P"], { from: "S", to: "T", adopt: true, yes: true }],
  ["state unlock P --yes", "state unlock", ["P"], { yes: true }],
  ["source ls C --bucket b --measurement m", "source ls", ["C"], { bucket: "b", measurement: "m" }],
  ["source list", "source ls", [], {}],
  ["validate", "validate", [], {}],
  ["nodes", "nodes", [], {}],
  ["nodes ls", "nodes", ["ls"], {}],
  ["nodes influxdb", "nodes", ["influxdb"], {}],
  ["doctor --offline", "doctor", [], { offline: true }],
  ["schema", "schema", [], {}],
  ["sample --folder F --hours 6", "sample", [], { folder: "F", hours: 6 }],
  ["help exit-codes", "help exit-codes", [], {}],
];

async function read(typed: string): Promise<readonly [string, readonly string[], object]> {
  let read: readonly [string, readonly string[], object] = ["nothing", [], {}];
  const program = createProgram({
    version: "0",
    width: 80,
    write() {},
    async invoke(...given) {
      read = given;
    },
  });
  await program.parseAsync(spellOutWait(typed.split(" ")), { from: "user" });
  return read;
}

describe("the grammar", () => {
  it.each(CASES)("reads `kpi %s`", async (typed, name, operands, flags) => {
    const color = typed.includes("--no-color") ? {} : { color: true };
    expect(await read(typed)).toEqual([name, operands, { ...color, ...flags }]);
  });

  it("has a case for every command", () => {
    const tried = new Set(CASES.map(([, name]) => name));
    expect(GRAMMAR.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });

  it("reads every worked example", async () => {
    const examples = GRAMMAR.flatMap((command) => command.examples.map(([typed]) => typed));
    for (const typed of examples) {
      const words = typed
        .replace(/^kpi /, "")
        .replace(/ > .*/, "")
        .replace(/"[^"]*"/, "text");
      const [name] = await read(words);
      expect(words.startsWith(name)).toBe(true);
    }
    expect(examples).toHaveLength(GRAMMAR.length * 2);
  });
});

describe("help", () => {
  it("is short and no error for a bare kpi", async () => {
    const { status, stdout, stderr } = await kpi("");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const [group, summary] of Object.entries(GROUPS)) expect(stdout).toContain(`${group.padEnd(14)}${summary}`);
    const single = GRAMMAR.filter(({ name }) => !name.includes(" "));
    for (const { name, summary } of single) expect(stdout).toContain(`${name.padEnd(14)}${summary}`);
    expect(stdout.split("\n").length).toBeLessThan(30);
  });

  it.each(GRAMMAR.map(({ name }) => name))("of `kpi %s` opens with two worked examples", async (name) => {
    const { status, stdout } = await kpi(`${name} --help`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Examples:\n {2}\$ kpi .+\n {2}\$ kpi .+\n/);
    expect(await kpi(`help ${name}`)).toMatchObject({ status: 0, stdout });
  });

  it("of a group lists its commands", async () => {
    const { status, stdout } = await kpi("state");
    expect(status).toBe(0);
    for (const verb of ["show", "set", "reset", "skip", "list|ls", "history", "undo", "export", "import", "copy", "unlock"].map((word) =>
      word.replace("|", "\\|"),
    ))
      expect(stdout).toMatch(new RegExp(`^ {2}${verb} `, "m"));
  });

  it("fits the terminal", async () => {
    const { stdout } = await kpi("run --help", {}, { tty: true, columns: 80 });
    expect(
      Math.max(
        ...stdout
          .split("\n")
          .slice(4)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
  });

  it("gives the version", async () => {
    const version = await kpi("--version");
    expect(version).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(await kpi("run --version")).toMatchObject({ status: 0, stdout: version.stdout });
  });
});

describe("a command line that cannot be read", () => {
  it.each([
    ["rum", "Did you mean run?", "Try: kpi --help"],
    ["state shwo", "Did you mean show?", "Try: kpi state --help"],
    ["run --max-window 3", "Did you mean --max-windows?", "Try: kpi run --help"],
    ["run P --jsn", "Did you mean --json?", "Try: kpi run --help"],
    ["run P Q", 'Too many arguments for "run"', "Try: kpi run --help"],
    ["run --max-windows 0", 'Cannot read --max-windows "0"', "Try: kpi run --help"],
    ["run --wait=soon", 'Cannot read --wait "soon"', "Try: kpi run --help"],
    ["run --until", "argument missing", "Try: kpi run --help"],
    ["show --last yesterday", 'Cannot read --last "yesterday"', "Try: kpi show --help"],
    ["verify --tolerance 2", 'Cannot read --tolerance "2"', "Try: kpi verify --help"],
    ["verify --key a,,b", 'Cannot read --key "a,,b"', "Try: kpi verify --help"],
    ["state set", "Cannot tell which hour is meant", "Try: kpi state set --help"],
    ["state skip 2026-01-01", 'Cannot skip "2026-01-01": no reason', "Try: kpi state skip --help"],
    ["state import", "Cannot tell what is to be imported", "Try: kpi state import --help"],
    ["state import nowhere.json", 'Cannot import "nowhere.json"', "Try: kpi state import --help"],
    ["state copy", "Cannot copy a state to where it is", "Try: kpi state copy --help"],
    ["help nothing", 'No help on "nothing"', "Try: kpi --help"],
    ["run --all P", 'Cannot run every pipeline and "P"', "Try: kpi run --help"],
    ["run --all --run-id x", 'Cannot give the run id "x"', "Try: kpi run --help"],
    ["--now noon run", 'Cannot read --now "noon"', "Try: kpi run --help"],
    ["run --until noon", 'Cannot read --until "noon"', "Try: kpi run --help"],
    ["nodes agregate", 'Cannot show the node type "agregate"', "Try: kpi nodes --help"],
  ])("`kpi %s` ends with 2 and says what to do", async (typed, message, next) => {
    const { status, stdout, stderr } = await kpi(typed);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toContain(next);
  });

  it("is told as a document where one was asked for", async () => {
    const { stdout } = await kpi("run --json --bogus");
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      schema_version: 1,
      error: { code: "USAGE", message: 'Unknown option "--bogus"' },
    });
  });
});
