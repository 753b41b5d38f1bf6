import { AssertionError } from "node:assert";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogue } from "../../src/app/catalogue.gen.js";
import { type Declared, declarationContract } from "./declaration.js";

const good: Declared = {
  file: "test",
  node: {
    type: "test",
    version: 1,
    summary: "Does something for a test",
    config: z.strictObject({ value: z.number().describe("A number of some kind") }),
    examples: [{ value: 1 }],
  },
};
const spoilt = (node: Partial<Declared["node"]>): Declared => ({ ...good, node: { ...good.node, ...node } });

/** Each sentence of the contract with a declaration that breaks it. */
const BROKEN: Readonly<Record<string, Declared>> = {
  "is called like its file, in snake_case": spoilt({ type: "tests" }),
  "counts its versions from 1": spoilt({ version: 0 }),
  "says in one line what it does": spoilt({ summary: "Does something for a test." }),
  "describes every setting": spoilt({ config: z.strictObject({ value: z.number() }) }),
  "has examples, and takes each of them": spoilt({ examples: [] }),
  "refuses a setting that it does not know": spoilt({ config: z.object({ value: z.number().describe("A number of some kind") }) }),
};

describe("the contract of declarations", () => {
  it("has a broken declaration for every sentence, and no other", () => {
    expect(Object.keys(BROKEN).sort()).toEqual(Object.keys(declarationContract).sort());
  });

  it.each(Object.entries(declarationContract))("fails for one that breaks %j", (sentence, check) => {
    check(good);
    expect(() => check(BROKEN[sentence] as Declared)).toThrow(AssertionError);
  });
});

const { extractors, transformers, loaders } = catalogue;

describe.each(Object.entries({ ...extractors, ...transformers, ...loaders }))("%s", (file, load) => {
  it.each(Object.entries(declarationContract))("%s", async (_, check) => {
    check({ file, node: (await load()).default });
  });
});
