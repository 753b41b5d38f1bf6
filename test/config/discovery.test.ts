import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { loadProject } from "../../src/config/load-project.js";
import { catalogue } from "./support/catalogue.js";
import { type Env, folderOf, load, say } from "./support/project.js";

const PIPELINE = "steps:\n  a: { extract: manual_input, rows: [{ n: 1 }] }\n  b: { load: output, from: a }\n";

function loadIn(cwd: string, options: { file?: string; env?: Env } = {}) {
  return loadProject({ env: {}, cwd, catalogue, ...options });
}

describe("where the configuration is found", () => {
  const files = { "config/config.yaml": "", "config.yaml": "", "other/kpi.yaml": "", "env/config/kpi.yaml": "" };

  it("takes the file asked for, then KPI_CONFIG, then config/config.yaml, then config.yaml", async () => {
    const cwd = folderOf(files);
    const found = async (options: { file?: string; env?: Env }) => {
      const loaded = await loadIn(cwd, options);
      return [relative(cwd, loaded.root), ...loaded.files];
    };
    const env = { KPI_CONFIG: join("env", "config", "kpi.yaml") };
    expect(await found({ env, file: join("other", "kpi.yaml") })).toEqual(["other", join("other", "kpi.yaml")]);
    expect(await found({ env })).toEqual(["env", join("env", "config", "kpi.yaml")]);
    expect(await found({ env: { KPI_CONFIG: "" } })).toEqual(["", join("config", "config.yaml")]);
    expect((await loadIn(folderOf({ "config.yaml": "" }))).files).toEqual(["config.yaml"]);
  });

  it("names every place it looked at when there is none", async () => {
    const cwd = folderOf({});
    await expect(loadIn(cwd)).rejects.toMatchObject({
      code: "CONFIG_NOT_FOUND",
      message: `Cannot find the configuration in "${cwd}": neither ${join("config", "config.yaml")} nor config.yaml is there`,
    });
    await expect(loadIn(cwd, { file: "nowhere.yaml" })).rejects.toMatchObject({
      code: "CONFIG_NOT_FOUND",
      message: 'Cannot find the configuration "nowhere.yaml": it is not there',
      hint: expect.stringContaining(join(cwd, "nowhere.yaml")),
    });
  });

  it("refuses a folder in the place of the file", async () => {
    await expect(loadIn(folderOf({ "config.yaml/x": "" }))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("it is a folder"),
    });
  });

  it("shows files outside the folder it was started in by their whole path", async () => {
    const cwd = folderOf({ "config.yaml": "nonsense: 1" });
    mkdirSync(join(cwd, "below"));
    const { errors, files } = await loadIn(join(cwd, "below"), { file: "../config.yaml" });
    expect([errors[0]?.file, files]).toEqual([join(cwd, "config.yaml"), [join(cwd, "config.yaml")]]);
  });

  it("keeps addresses and makes other paths absolute from the project's folder", async () => {
    const { root, project } = await load({ "config/config.yaml": "warehouse: { path: ../up.duckdb }\nstate: { path: s }" });
    expect(project?.warehouse.path).toBe(join(root, "..", "up.duckdb"));
    expect(project?.state.settings.path).toBe(join(root, "s"));
  });
});

describe("pipelines in files of their own", () => {
  it("are named after their files and read in the order of names", async () => {
    const { project, files } = await load({
      "config/config.yaml": `pipelines: { z: { ${PIPELINE.replaceAll("\n  ", " ").replace("steps: a:", "steps: { a:").replace("} b:", "}, b:").trim()} } } }`,
      "config/pipelines/b.yml": PIPELINE,
      "config/pipelines/a.yaml": PIPELINE,
      "config/pipelines/notes.md": "no pipeline",
      "config/pipelines/.hidden.yaml": "no pipeline",
    });
    expect([...(project?.pipelines.keys() ?? [])]).toEqual(["z", "a", "b"]);
    expect(files.map((file) => file.split(/[\\/]/).at(-1))).toEqual(["config.yaml", "a.yaml", "b.yml"]);
    expect(project?.pipelines.get("a")?.place).toEqual({ file: join("config", "pipelines", "a.yaml"), line: 1, column: 1 });
  });

  it("have their errors beside those of the configuration file", async () => {
    const { errors } = await load({ "config.yaml": "staet: {}", "pipelines/a.yaml": `x: 1\n${PIPELINE}`, "pipelines/b.yaml": "a: [" });
    expect(say(errors)).toEqual([
      'config.yaml:1:1 Unknown key "staet" in the configuration | Did you mean "state"?',
      expect.stringMatching(/^pipelines.a\.yaml:1:1 Unknown key "x" in pipeline "a"/),
      expect.stringMatching(/^pipelines.b\.yaml:1:5 Cannot read the YAML: /),
    ]);
    expect(errors[1]?.path).toBe("pipelines.a.x");
  });

  it("may not have the name of another pipeline, in whatever case or form of letters", async () => {
    const { errors, project } = await load({
      "config.yaml": `pipelines:\n  a\u00f1o:\n    ${PIPELINE.replaceAll("\n", "\n    ")}`,
      "pipelines/A\u004e\u0303o.yaml": PIPELINE,
    });
    expect(project).toBeNull();
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Cannot call a pipeline ".*": there is one of that name$/),
    ]);
    expect(errors[0]?.hint).toContain("config.yaml:2");
  });

  it("are known by the composed form of their name", async () => {
    const { project } = await load({ "config.yaml": "", "pipelines/n\u0303andu\u0301.yaml": PIPELINE });
    expect([...(project?.pipelines.keys() ?? [])]).toEqual(["\u00f1and\u00fa"]);
  });

  it.each(["a b", "-a", "a/b", ".a"])("may not be called %j", async (name) => {
    const { errors } = await load(`pipelines:\n  ${JSON.stringify(name)}:\n    ${PIPELINE.replaceAll("\n", "\n    ")}`);
    expect(say(errors)).toEqual([
      `config.yaml:2:3 Cannot call a pipeline "${name}": letters, digits, "-", "_" and "." make a name | Begin with a letter or digit`,
    ]);
  });
});
