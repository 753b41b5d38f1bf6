import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../src/app/catalogue.gen.js";
import { loadProject } from "../../src/config/load-project.js";
import { pipelineSchema, projectSchema } from "../../src/config/project-schema.js";

const cwd = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");

describe("the example configuration", () => {
  it("is without errors and warnings", async () => {
    const { project, errors, warnings } = await loadProject({ env: {}, cwd, file: "config/config.yaml", catalogue });
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    const pipelines = [...(project?.pipelines.values() ?? [])];
    expect(pipelines.map(({ name, kind, flow }) => [name, kind, flow])).toEqual([
      ["pipeline-horario", "windowed", "co → clean → kpi → publish"],
      ["co-alarm", "workflow", "readings → too_high → alarm, all_clear"],
    ]);
    expect(project?.connections.get("influx")?.settings).toMatchObject({ url: "file:sample", org: "", token: "" });
  });

  it("has its schemas beside it, as the nodes there are make them", async () => {
    expect(JSON.parse(readFileSync(resolve(cwd, "config/kpi.schema.json"), "utf8"))).toEqual(await projectSchema(catalogue));
    expect(JSON.parse(readFileSync(resolve(cwd, "config/pipeline.schema.json"), "utf8"))).toEqual(await pipelineSchema(catalogue));
  });

  it("refers to the variables that .env.example names, and to no other", () => {
    const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name).sort();
    const named = names(readFileSync(resolve(cwd, ".env.example"), "utf8"), /^#?([A-Z_]+)=/gm);
    expect(names(readFileSync(resolve(cwd, "config/config.yaml"), "utf8"), /\$\{([A-Z_]+)/g)).toEqual(named);
  });
});
