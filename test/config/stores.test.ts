import { describe, expect, it } from "vitest";
import { load, say } from "./support/project.js";

const STEPS = "steps: { a: { extract: manual_input, rows: [{ n: 1 }] }, b: { load: output, from: a } }";
const STORES = "stores: { spare: { store: file, path: spare }, block: { store: memory, name: pipeline-state } }";

describe("the stores", () => {
  it("have names, a type, and perhaps keys of their own", async () => {
    const { project } = await load(STORES);
    expect([...(project?.stores ?? [])]).toMatchObject([
      ["spare", { store: "file", settings: { path: expect.stringMatching(/^\/.*\/spare$/) }, name: null }],
      ["block", { store: "memory", settings: {}, name: "pipeline-state" }],
    ]);
  });

  it("may be named by the state, which then has no settings but its own", async () => {
    const pipelines = `pipelines: { one: { ${STEPS} } }`;
    const { project } = await load(`state: { store: block, lock_ttl: 5s }\n${STORES}\n${pipelines}`);
    expect(project?.state).toMatchObject({ store: "memory", settings: {}, lockTtl: 5_000 });
    expect(project?.pipelines.get("one")?.stateName).toBe("pipeline-state");
    const own = await load(`state: { store: block, name: mine }\n${STORES}\n${pipelines}`);
    expect(own.project?.pipelines.get("one")?.stateName).toBe("mine");
    expect(own.project?.state.names).toEqual({ inForce: "mine", written: "mine" });
    expect(say((await load(`state: { store: spare, path: x }\n${STORES}`)).errors)).toEqual([
      'config.yaml:1:24 Cannot use "path" here: the settings of store "spare" stand under "stores"',
    ]);
    expect(say((await load(`state: { store: spaer }\n${STORES}`)).errors)).toEqual([
      'config.yaml:1:17 Unknown state store "spaer" | Did you mean "spare"?',
    ]);
  });

  it.each([
    ["{ file: { store: file } }", 'config.yaml:1:11 Cannot call a store "file": that is a type of stores | Give it a name of your own'],
    ["{ a: { store: fil } }", 'config.yaml:1:23 Unknown state store "fil" | Did you mean "file"?'],
    ["{ a: { store: memory, path: x } }", 'config.yaml:1:31 Unknown key "path" in store "a" | Known: name, store'],
    ["{ a: {} }", 'config.yaml:1:11 Cannot do without "store" in store "a": must be text'],
    ["5", 'config.yaml:1:9 Cannot use "5" as "stores": must be a map'],
  ])("are refused as %s", async (stores, error) => {
    expect(say((await load(`stores: ${stores}`)).errors)).toEqual([error]);
  });
});
