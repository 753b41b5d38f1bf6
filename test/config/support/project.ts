import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Issue } from "../../../src/config/issue.js";
import { type LoadedProject, loadProject } from "../../../src/config/load-project.js";
import type { Pipeline, Project } from "../../../src/core/pipeline.js";
import { removeFolder } from "../../support/find-secrets.js";
import { catalogue } from "./catalogue.js";

export type Env = Readonly<Record<string, string | undefined>>;

/** Makes a folder of files that is gone when the test ends. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "kpi-config-"));
  onTestFinished(() => removeFolder(folder));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Loads a project of the files given; a text alone is its `config.yaml`. */
export async function load(files: string | Readonly<Record<string, string | Uint8Array>>, env: Env = {}): Promise<LoadedProject> {
  return loadProject({ env, cwd: folderOf(typeof files === "string" ? { "config.yaml": files } : files), catalogue });
}

/** The project of files without errors. */
export async function projectOf(files: string | Readonly<Record<string, string | Uint8Array>>, env: Env = {}): Promise<Project> {
  const { project, errors } = await load(files, env);
  if (project === null) throw new Error(`there are errors: ${say(errors).join("\n")}`);
  return project;
}

/** The one pipeline `p` that consists of the lines given. */
export async function pipelineOf(yaml: string, env: Env = {}): Promise<Pipeline> {
  const pipeline = (await projectOf(around(yaml), env)).pipelines.get("p");
  if (pipeline === undefined) throw new Error("there is no pipeline p");
  return pipeline;
}

/** The errors of a pipeline `p` that consists of the lines given; its first line is line 4 of the file, its indent 4. */
export async function errorsOf(yaml: string, env: Env = {}): Promise<string[]> {
  return say((await load(around(yaml), env)).errors);
}

/** A configuration with a connection and one pipeline `p`. */
export function around(pipeline: string): string {
  const lines = pipeline.replace(/^\n/, "").trimEnd().split("\n");
  const indent = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  const body = lines.map((line) => `    ${line.slice(indent)}`);
  return [
    "connections: { influx: { type: server, url: here }, post: { type: mailbox, host: there } }",
    "pipelines:",
    "  p:",
    ...body,
    "",
  ].join("\n");
}

/** Issues as lines of text: place, message, hint. */
export function say(issues: readonly Issue[]): string[] {
  return issues.map(({ file, line, column, message, hint }) => `${file}:${line}:${column} ${message}${hint === null ? "" : ` | ${hint}`}`);
}
