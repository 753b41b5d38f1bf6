import assert from "node:assert/strict";
import { z } from "zod";
import type { Node } from "../../src/core/node.js";

export interface Declared {
  /** The name of its file, without the ending. */
  readonly file: string;
  readonly node: Pick<Node, "type" | "summary" | "config" | "examples" | "version">;
}

interface Described {
  readonly description?: string;
}

/** What holds for the declaration of every node. */
export const declarationContract: Readonly<Record<string, (declared: Declared) => void>> = {
  "is called like its file, in snake_case": ({ file, node }) => {
    assert.equal(node.type, file);
    assert.match(node.type, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
  },
  "counts its versions from 1": ({ node }) => {
    assert.ok(Number.isInteger(node.version) && node.version >= 1);
  },
  "says in one line what it does": ({ node }) => {
    assert.match(node.summary, /^[A-Z][^\n]{9,120}[^.\s]$/);
  },
  "describes every setting": ({ node }) => {
    const { properties = {} } = z.toJSONSchema(node.config, { io: "input", unrepresentable: "any" });
    for (const [name, setting] of Object.entries(properties))
      assert.ok(((setting as Described).description ?? "").length > 9, `${name} is not described`);
  },
  "has examples, and takes each of them": ({ node }) => {
    assert.ok(node.examples.length > 0, "there is no example");
    for (const example of node.examples) node.config.parse(example);
  },
  "refuses a setting that it does not know": ({ node }) => {
    const example = node.examples[0] ?? {};
    assert.equal(node.config.safeParse({ ...example, nobody_knows_this: 1 }).success, false);
  },
};
