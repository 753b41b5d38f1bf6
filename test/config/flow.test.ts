import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFlow, writeFlow } from "../../src/config/flow.js";
import { load, say } from "./support/project.js";

const steps = (shape: Readonly<Record<string, string[]>>) =>
  Object.entries(shape).map(([id, from]) => ({ id, inputs: from.map((step) => ({ step })) }));

describe("writeFlow", () => {
  it.each([
    ["a → b → c", { a: [], b: ["a"], c: ["b"] }],
    ["a, b → c → d", { a: [], b: [], c: ["a", "b"], d: ["c"] }],
    ["ask → check → yes, no", { ask: [], check: ["ask"], yes: ["check"], no: ["check"] }],
    ["a → b → c; d → c", { a: [], d: [], b: ["a"], c: ["b", "d"] }],
    ["a → b; c → d", { a: [], b: ["a"], c: [], d: ["c"] }],
    ["a → b → c; a → c", { a: [], b: ["a"], c: ["a", "b"] }],
    ["a", { a: [] }],
  ])("writes %s", (flow, shape) => {
    expect(writeFlow(steps(shape))).toBe(flow);
  });

  it("shows every step and every arrow, and no other", () => {
    const graphs = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 9 }).map((reads) =>
      reads.map((from, index) => ({
        id: `s${index}`,
        inputs: [...new Set(from.map((each) => each % (index + 1)))].filter((each) => each < index).map((each) => ({ step: `s${each}` })),
      })),
    );
    fc.assert(
      fc.property(graphs, (graph) => {
        const parts = graph.flatMap(({ id, inputs }) => [id, ...inputs.map(({ step }) => `${step} → ${id}`)]);
        expect(readFlow(writeFlow(graph)).split("; ")).toEqual(parts.sort());
      }),
    );
  });
});

describe("readFlow", () => {
  it("takes flows as equal that show the same, however they are written", () => {
    expect(readFlow("a,b->c")).toBe(readFlow("b → c;  a → c"));
    expect(readFlow("a → b")).not.toBe(readFlow("b → a"));
  });
});

describe("the comment # FLOW", () => {
  const STEPS =
    "steps: { a: { extract: manual_input, rows: [{}] }, b: { transform: keep, from: a, where: x }, c: { load: output, from: b } }";
  const warningsOf = async (yaml: string) => say((await load(yaml)).warnings);

  it.each(["a → b → c", "a->b->c", "b → c; a → b", "extract→transform→load", "Extract -> Transform -> Load"])(
    "may say %s",
    async (flow) => {
      expect(await warningsOf(`pipelines:\n  p:   # FLOW: ${flow}\n    ${STEPS}`)).toEqual([]);
    },
  );

  it.each(["a → c → b", "a → b", "a → b → c → d", "extract → load", "…"])("may not say %s", async (flow) => {
    expect(await warningsOf(`pipelines:\n  p:   # FLOW: ${flow}\n    ${STEPS}`)).toEqual([
      `config.yaml:3:5 The comment "# FLOW: ${flow}" does not tell what the steps do | # FLOW: a → b → c`,
    ]);
  });

  it("is found on comment lines above and below the name, and at the top of a file", async () => {
    expect(await warningsOf(`pipelines:\n  # what it does\n  # FLOW: a\n  p:\n    ${STEPS}`)).toHaveLength(1);
    expect(await warningsOf(`pipelines:\n  p:\n    # FLOW: a\n    # and more\n    ${STEPS}`)).toHaveLength(1);
    const { warnings } = await load({ "config.yaml": "", "pipelines/p.yaml": `# yaml-language-server: x\n# FLOW: a\n${STEPS}` });
    expect(warnings).toHaveLength(1);
  });

  it("belongs to one pipeline alone", async () => {
    const pipelines = `pipelines:\n  p:\n    ${STEPS}\n\n  # FLOW: a → b → c\n  q:\n    ${STEPS}\n`;
    expect(await warningsOf(pipelines)).toEqual([]);
  });

  it("may be left out", async () => {
    expect(await warningsOf(`pipelines:\n  p:\n    ${STEPS}`)).toEqual([]);
  });
});
