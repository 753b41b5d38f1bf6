import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadProject } from "../../src/config/load-project.js";
import { catalogue } from "./support/catalogue.js";
import { around, type Env, errorsOf, folderOf, load, pipelineOf, say } from "./support/project.js";

/** What a text in a setting becomes. */
async function filled(text: string, env: Env = {}): Promise<unknown> {
  const pipeline = await pipelineOf(
    `steps:\n  a: { extract: manual_input, rows: [{ v: ${JSON.stringify(text)} }] }\n  b: { load: output, from: a }`,
    env,
  );
  const rows = pipeline.steps[0]?.settings.rows;
  return Array.isArray(rows) ? rows[0].v : undefined;
}

describe("variables", () => {
  it.each([
    [`\${A}`, "one"],
    [`x\${A}y\${B}z`, "xoneytwoz"],
    [`\${NONE:-three}`, "three"],
    [`\${NONE:-}`, ""],
    [`\${EMPTY:-three}`, "three"],
    [`\${EMPTY}`, ""],
    [`\${A:-three}`, "one"],
    [`\${NONE:-a:-b}`, "a:-b"],
    [`$\${A}`, `\${A}`],
    ["$$ $A $1 $window$", "$$ $A $1 $window$"],
    [`$$\${A}`, `$\${A}`],
    [`\${RAW}`, `\${A} $\${A}`],
  ])("fills in %s", async (text, expected) => {
    expect(await filled(text, { A: "one", B: "two", EMPTY: "", RAW: `\${A} $\${A}` })).toBe(expected);
  });

  it("names each variable that is not set, at its place, and nothing that follows from it", async () => {
    expect(
      await errorsOf(
        `steps:\n  a: { extract: series, connection: influx, bucket: '\${NONE}', limit: '\${NEITHER}' }\n  b: { load: output, from: a }`,
      ),
    ).toEqual([
      `config.yaml:5:57 Cannot fill in "\${NONE}": the variable NONE is not set | Set NONE in the environment or in .env, or give a default: \${NONE:-…}`,
      `config.yaml:5:75 Cannot fill in "\${NEITHER}": the variable NEITHER is not set | Set NEITHER in the environment or in .env, or give a default: \${NEITHER:-…}`,
    ]);
  });

  it.each([`\${`, `\${A`, `\${A-b}`, `\${A:?b}`, `\${1}`, `\${}`, `\${constructor.name}`])(
    "refuses %s, which is no reference",
    async (text) => {
      const { errors } = await load(`state: { name: ${JSON.stringify(text)} }`, { A: "one" });
      expect(say(errors)).toEqual([
        expect.stringMatching(/^config.yaml:1:16 Cannot read the reference .* \| A text that is to hold \$\{ itself/),
      ]);
    },
  );

  it("are named by the keys that lead to them", async () => {
    const { errors } = await load({
      "config.yaml": `connections: { a: { type: server, url: "\${A}" } }`,
      "pipelines/p.yaml": `steps: { s: ["\${B}"] }`,
    });
    expect(errors.map(({ path }) => path)).toEqual(["connections.a.url", "pipelines.p.steps.s", "pipelines.p.steps.s.0"]);
  });

  it("does not take what every object has for a variable", async () => {
    const { errors } = await load(`state: { name: "\${constructor}\${toString}" }`);
    expect(errors.map(({ message }) => message)).toEqual([
      `Cannot fill in "\${constructor}": the variable constructor is not set`,
      `Cannot fill in "\${toString}": the variable toString is not set`,
    ]);
  });

  it("takes the number or boolean a variable spells where one is wanted, and text where text is", async () => {
    const step = `a: { extract: series, connection: influx, bucket: '\${N}', limit: '\${N}', sampled: '\${T}', precision: '\${P:-3}' }`;
    const pipeline = await pipelineOf(`batch: "\${N}"\nevery: 1h\nsteps:\n  ${step}\n  b: { load: output, from: a }`, {
      N: "12",
      T: "true",
    });
    expect(pipeline).toMatchObject({ batch: 12 });
    expect(pipeline.steps[0]?.settings).toMatchObject({ bucket: "12", limit: 12, sampled: true, precision: 3 });
  });

  it("does not take a number in quotes for a number when no variable is in it", async () => {
    expect(await errorsOf("every: 1h\nbatch: '12'\nsteps: { a: { extract: call, url: x }, b: { load: output, from: a } }")).toEqual([
      'config.yaml:5:12 Cannot use "12" as "batch": must be a number',
    ]);
  });

  it("says what is wrong with a variable's text", async () => {
    expect(
      await errorsOf(`every: 1h\nbatch: '\${N}'\nsteps: { a: { extract: call, url: x }, b: { load: output, from: a } }`, { N: "many" }),
    ).toEqual(['config.yaml:5:12 Cannot use "many" as "batch": must be a number']);
  });

  it("leaves keys alone", async () => {
    const pipeline = await pipelineOf(`steps: { a: { extract: manual_input, rows: [{ '\${A}': 1 }] }, b: { load: output, from: a } }`, {
      A: "x",
    });
    expect(JSON.stringify(pipeline.steps[0]?.settings.rows)).toBe(`[{"\${A}":1}]`);
  });
});

describe(".env", () => {
  const CONFIG = `state: { name: '\${NAME}-{pipeline}' }\nwarehouse: { path: '\${DATA:-x}' }`;

  it("lies in the project's folder; the real environment goes before it", async () => {
    const files = { "config/config.yaml": CONFIG, ".env": "NAME=file\nDATA='from file' # a comment\n", "config/.env": "NAME=wrong" };
    const fromFile = await load(files);
    expect(fromFile.project?.warehouse.path).toBe(join(fromFile.root, "from file"));
    const fromBoth = await load(files, { DATA: "real" });
    expect(fromBoth.project?.warehouse.path).toBe(join(fromBoth.root, "real"));
  });

  it("is not taken over by an unset variable, but by an empty one", async () => {
    const files = { "config.yaml": `warehouse: { path: 'p\${DATA:-default}' }`, ".env": "DATA=file" };
    const path = async (env: Env) => (await load(files, env)).project?.warehouse.path.split(/[\\/]/).at(-1);
    expect(await path({ DATA: undefined })).toBe("pfile");
    expect(await path({ DATA: "" })).toBe("pdefault");
  });

  it("is not read in part where it is too large", async () => {
    await expect(load({ "config.yaml": "", ".env": "X=1\n".repeat(300_000) })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it.skipIf(process.platform === "win32")("is warned about where it holds secrets that others can read", async () => {
    const warningsOf = async (content: string, mode: number) => {
      const cwd = folderOf({
        "config.yaml": around("steps: { a: { extract: call, url: x }, b: { load: output, from: a } }"),
        ".env": content,
      });
      chmodSync(join(cwd, ".env"), mode);
      return say((await loadProject({ env: {}, cwd, catalogue })).warnings);
    };
    expect(await warningsOf("INFLUX_TOKEN=abcd1234", 0o644)).toEqual([
      '.env:1:1 Secrets in ".env" lie open: other users can read the file | chmod 600 .env',
    ]);
    expect(await warningsOf("INFLUX_TOKEN=abcd1234", 0o600)).toEqual([]);
    expect(await warningsOf("INFLUX_TOKEN=", 0o644)).toEqual([]);
    expect(await warningsOf("INFLUX_URL=http://x", 0o644)).toEqual([]);
  });
});
