import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type LoadedProject, loadProject } from "../../src/config/load-project.js";
import { catalogue } from "./support/catalogue.js";
import { folderOf } from "./support/project.js";

const RUNS = process.env.KPI_TEST_LONG ? 5000 : 300;

const WORDS = [
  ..."state store file memory warehouse path wait connections type server url token pipelines every 1h timezone begin settle batch steps".split(
    " ",
  ),
  ..."extract transform load from connection series manual_input sql condition table rows where mode a b a.yes a.no late __proto__ constructor".split(
    " ",
  ),
  ...`\${A} \${B:-1} $\${ \${ *a &a ~ null true 12 1.5 [ ] { } : , - ? | > # ! % @ ' " \\`.split(" "),
];

const word = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);

/** Texts that look more or less like a configuration. */
const yamlText = fc
  .array(fc.tuple(fc.nat({ max: 4 }), fc.array(word, { maxLength: 6 }), fc.constantFrom("", ":", ": "), fc.constantFrom(" ", "")), {
    maxLength: 25,
  })
  .map((lines) => lines.map(([indent, words, end, between]) => `${"  ".repeat(indent)}${words.join(between)}${end}`).join("\n"));

/** Values of every shape under the keys that mean something. */
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(word, tie("value"), { maxKeys: 5 }),
  ),
})).value;

const step = fc.record(
  {
    extract: fc.constantFrom("series", "manual_input", "call"),
    transform: fc.constantFrom("sql", "keep", "condition"),
    load: fc.constantFrom("table", "output"),
    from: fc.oneof(fc.constantFrom("a", "b", "c", "a.yes"), fc.array(fc.constantFrom("a", "b", "c")), values),
    connection: fc.constantFrom("influx", "x"),
    rows: fc.constant([{ n: 1 }]),
    table: word,
    where: word,
    sql: word,
  },
  { requiredKeys: [] },
);

const config = fc.record(
  {
    state: values,
    warehouse: values,
    timezone: values,
    connections: fc.oneof(values, fc.constant({ influx: { type: "server", url: "x" } })),
    pipelines: fc.oneof(
      values,
      fc.dictionary(
        word,
        fc.record(
          { every: fc.constantFrom("1h", "1d", 5), begin: word, steps: fc.dictionary(fc.constantFrom("a", "b", "c", "select"), step) },
          { requiredKeys: ["steps"] },
        ),
      ),
    ),
  },
  { requiredKeys: [] },
);

/** Loads a text and checks what holds of every text. */
async function check(cwd: string, text: string): Promise<LoadedProject> {
  writeFileSync(join(cwd, "config.yaml"), text);
  const before = process.cpuUsage();
  const loaded = await loadProject({ env: { A: "one" }, cwd, catalogue });
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(2000);
  expect(loaded.project === null).toBe(loaded.errors.length > 0);
  const lines = text.split("\n").length;
  for (const { line, column, message, file } of [...loaded.errors, ...loaded.warnings]) {
    expect(file).toBe("config.yaml");
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(message).not.toMatch(/undefined|\[object|Invalid input/);
  }
  return loaded;
}

describe("any configuration", () => {
  it("is read or has errors at places in it: texts", async () => {
    const cwd = folderOf({});
    await fc.assert(
      fc.asyncProperty(yamlText, async (text) => void (await check(cwd, text))),
      { numRuns: RUNS },
    );
  });

  it("is read or has errors at places in it: values", async () => {
    const cwd = folderOf({});
    await fc.assert(
      fc.asyncProperty(config, async (value) => void (await check(cwd, stringify(value)))),
      { numRuns: RUNS },
    );
  });

  it.each([
    ["keys", Array.from({ length: 14_000 }, (_, index) => `k${index}: 1`).join("\n")],
    [
      "unknown keys in one step",
      `pipelines: { p: { steps: { a: { extract: manual_input, ${Array.from({ length: 12_000 }, (_, index) => `k${index}: 1`).join(", ")} } } } }`,
    ],
    [
      "pipelines",
      `pipelines:\n${Array.from({ length: 2_400 }, (_, index) => `  p${index}: { steps: { a: { load: output, from: b } } }`).join("\n")}`,
    ],
    [
      "steps",
      `pipelines: { p: { steps: {${Array.from({ length: 500 }, (_, index) => `s${index}: { transform: keep, where: x, from: s${(index + 1) % 500} }`).join(", ")}} } }`,
    ],
    ["references", `state: { name: "${"$".concat("{A}").repeat(200_000)}" }`],
    ["open references", `state: { name: '${"${".repeat(400_000)}' }`],
    ["duplicates", "a: 1\n".repeat(14_000)],
    ["flow comments", `pipelines:\n${"# FLOW: a → b; ".repeat(30_000)}\n  p: { steps: { a: { load: output, from: b } } }`],
    ["letters in a key", `${"x".repeat(900_000)}: 1`],
  ])("takes less than two seconds, however many %s it has", async (_, text) => {
    const { errors } = await check(folderOf({}), text);
    expect(errors.filter(({ message }) => message.startsWith("Cannot read the file"))).toEqual([]);
  });
});
