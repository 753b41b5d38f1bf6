import { describe, expect, it } from "vitest";
import { catalogue as real } from "../../src/app/catalogue.gen.js";
import { pipelineSettings } from "../../src/config/pipeline-settings.js";
import { pipelineSchema, projectSchema } from "../../src/config/project-schema.js";
import type { Catalogue } from "../../src/core/catalogue.js";
import { catalogue } from "./support/catalogue.js";

function references(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => (key === "$ref" ? [String(value)] : references(value)));
}

async function definitionsOf(nodes: Catalogue): Promise<Record<string, Record<string, unknown>>> {
  return (await projectSchema(nodes)).definitions as Record<string, Record<string, unknown>>;
}

describe("projectSchema", () => {
  it.each([
    ["the nodes of these tests", catalogue],
    ["the nodes there are", real],
  ])("refers only to what it defines, and defines nothing else: %s", async (_, nodes) => {
    for (const schema of [await projectSchema(nodes), await pipelineSchema(nodes)]) {
      const defined = Object.keys(schema.definitions as object).map((name) => `#/definitions/${name}`);
      expect([...new Set(references(schema))].sort()).toEqual(defined.sort());
    }
  });

  it("tells nodes apart by the key that names them, in either spelling", async () => {
    const definitions = await definitionsOf(catalogue);
    expect(definitions.step).toEqual({
      anyOf: [
        "extract.series",
        "extract.manual_input",
        "extract.call",
        "transform.sql",
        "transform.keep",
        "transform.condition",
        "load.table",
        "load.output",
      ].map((name) => ({ $ref: `#/definitions/${name}` })),
    });
    expect(definitions["extract.manual_input"]).toMatchObject({
      properties: { extract: { enum: ["manual_input", "manualInput"], description: "Rows written into the file" } },
      required: ["extract", "rows"],
    });
    expect(definitions["extract.series"]).toMatchObject({
      properties: { extract: { const: "series" }, connection: { type: "string" }, bucket: { description: "Where the points are" } },
      required: ["extract", "connection", "bucket"],
      additionalProperties: false,
    });
    expect(definitions["load.table"]).toMatchObject({
      properties: { from: { $ref: "#/definitions/inputs" } },
      required: ["load", "from", "table"],
    });
  });

  it("lets a variable stand where a number, a boolean or a form of text is wanted", async () => {
    const definitions = await definitionsOf(catalogue);
    expect(definitions["extract.series"]).toMatchObject({
      properties: {
        limit: { type: ["integer", "string"], pattern: "\\$\\{", minimum: 1, default: 1000 },
        sampled: { type: ["boolean", "string"], pattern: "\\$\\{" },
      },
    });
    const [, pattern = ""] = /"settle":\{[^}]*"pattern":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(definitions.pipeline)) ?? [];
    const settle = new RegExp(JSON.parse(pattern));
    expect(["5m", `\${SETTLE}`, "5 minutes"].map((text) => settle.test(text))).toEqual([true, true, false]);
  });

  it("marks secrets", async () => {
    const definitions = await definitionsOf(catalogue);
    expect(definitions["connection.server"]).toMatchObject({ properties: { token: { writeOnly: true } } });
    expect(JSON.stringify(definitions)).not.toContain('"secret"');
  });

  it("has every key of a pipeline, with its default and a description", async () => {
    const { pipeline } = await definitionsOf(catalogue);
    expect(Object.keys(pipeline?.properties as object)).toEqual(Object.keys(pipelineSettings.shape));
    for (const property of Object.values(pipeline?.properties as object)) expect(property).toHaveProperty("description");
    expect(pipeline).toMatchObject({
      properties: { max_attempts: { default: 24 }, settle: { default: "0s" }, begin: { default: "previous" } },
    });
  });
});
