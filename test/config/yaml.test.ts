import { describe, expect, it } from "vitest";
import { load, say } from "./support/project.js";

async function errorsIn(yaml: string | Uint8Array): Promise<string[]> {
  return say((await load({ "config.yaml": yaml })).errors);
}

describe("YAML that cannot be read", () => {
  it("is reported at its place", async () => {
    expect(await errorsIn("state:\n\tstore: file\n")).toEqual([
      "config.yaml:2:1 Cannot read the YAML: tabs are not allowed as indentation | Indent with spaces",
    ]);
    expect(await errorsIn("state: {}\n---\nstate: {}\n")).toEqual([
      "config.yaml:2:1 Cannot read the YAML: there is a second document in the file | Remove the line ---",
    ]);
    expect(await errorsIn("state: { name: !secret x }")).toEqual([
      "config.yaml:1:16 Cannot read the YAML: unresolved tag | Remove the tag; kpi reads plain YAML 1.2",
    ]);
  });

  it("is reported at most twenty times", async () => {
    expect(await errorsIn("a: }\n".repeat(1000))).toHaveLength(20);
  });

  it.each(["hello", "- a", "5"])("is no map: %j", async (yaml) => {
    expect(await errorsIn(yaml)).toEqual([expect.stringMatching(/^config.yaml:1:1 Cannot use .* as the configuration: must be a map$/)]);
  });
});

describe("keys", () => {
  it("stand once in a map", async () => {
    expect(await errorsIn("state: {}\nwarehouse: {}\nstate: {}\n")).toEqual([
      'config.yaml:3:1 Cannot use the key "state" twice in one map | Remove one of the two, or rename it',
    ]);
  });

  it("are text, and never __proto__", async () => {
    expect(await errorsIn("connections:\n  ? [a]\n  : b\n  ~: c\n  __proto__: { type: server, url: x }\n")).toEqual([
      "config.yaml:2:5 Cannot use a key: it must be text",
      "config.yaml:4:3 Cannot use a key: it must be text",
      'config.yaml:5:3 Cannot use the key "__proto__": JavaScript keeps that name to itself',
    ]);
    expect(Object.prototype).not.toHaveProperty("url");
  });

  it.each(["constructor", "toString", "hasOwnProperty"])("named like what every object has are unknown like others: %s", async (key) => {
    expect(await errorsIn(`${key}: 1`)).toEqual([expect.stringMatching(`^config.yaml:1:1 Unknown key "${key}" in the configuration`)]);
    expect(await errorsIn(`connections: { a: { type: ${key} } }`)).toEqual([expect.stringMatching(`Unknown connection type "`)]);
    expect(await errorsIn(`state: { store: ${key} }`)).toEqual([expect.stringMatching(`Unknown state store "${key}"`)]);
  });
});

describe("scalars", () => {
  it("are those of YAML 1.2, whatever version a file asks for", async () => {
    const { project } = await load("%YAML 1.1\n---\nstate: { name: yes }\nwarehouse: { path: 2026-01-01 }\n");
    expect(project?.warehouse.path).toMatch(/2026-01-01$/);
  });
});

describe("aliases", () => {
  it("repeat a value, at their own place", async () => {
    const yaml = "connections:\n  a: &a { type: server, url: here }\n  b: *a\n  c: &c { type: server, uri: x }\n  d: *c\n";
    expect(await errorsIn(yaml)).toEqual([
      expect.stringMatching('^config.yaml:4:3 Cannot do without "url" in connection "c"'),
      expect.stringMatching('^config.yaml:4:25 Unknown key "uri" in connection "c"'),
      expect.stringMatching('^config.yaml:4:25 Unknown key "uri" in connection "d"'),
      expect.stringMatching('^config.yaml:5:3 Cannot do without "url" in connection "d"'),
    ]);
  });

  it("may not refer to what is not there or not finished", async () => {
    expect(await errorsIn("connections: *x")).toEqual([
      'config.yaml:1:14 Cannot use the alias "*x": there is no finished value "&x" before it',
    ]);
    expect(await errorsIn("connections: &x { a: *x }")).toEqual([
      'config.yaml:1:22 Cannot use the alias "*x": there is no finished value "&x" before it',
    ]);
  });

  it("may not multiply without bounds", async () => {
    const level = (index: number) =>
      `l${index}: &l${index} [${Array(10)
        .fill(`*l${index - 1}`)
        .join(", ")}]`;
    const errors = await errorsIn(
      ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]", ...Array.from({ length: 12 }, (_, index) => level(index + 1))].join("\n"),
    );
    expect(errors.filter((error) => error.includes("alias"))).toEqual([
      expect.stringMatching(/^config.yaml:4:\d+ Cannot use the alias "\*l2": aliases repeat more than 10000 values$/),
    ]);
  });
});

describe("limits", () => {
  it.each([
    ["brackets", "[".repeat(100_000)],
    ["braces", `a: ${"{ a: ".repeat(20_000)}`],
    ["dashes", "- ".repeat(100_000)],
    ["question marks", "? ".repeat(100_000)],
    ["indents", Array.from({ length: 900 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("")],
    ["brackets in lines", "[\n".repeat(100_000)],
  ])("hold on nesting by %s", async (_, yaml) => {
    expect(await errorsIn(yaml)).toEqual([
      expect.stringMatching(/^config.yaml:\d+:\d+ Cannot read the file: it is nested deeper than 64 levels$/),
    ]);
  });

  it("let 50 levels, and any text, pass", async () => {
    const deep = `${"[".repeat(50)}${"]".repeat(50)}`;
    const text = Array.from({ length: 200 }, (_, index) => `${" ".repeat(10 + index)}[ { - not nested`).join("\n");
    const yaml = `pipelines:\n  p:\n    description: |2\n${text}\n    steps:\n      a: { extract: manual_input, rows: [{ a: ${deep} }] }\n      b: { load: output, from: a }\n`;
    expect(await errorsIn(yaml)).toEqual([]);
  });

  it("hold on size, encoding and number of parts", async () => {
    expect(await errorsIn(`# ${"x".repeat(1024 * 1024)}`)).toEqual(["config.yaml:1:1 Cannot read the file: it is larger than 1 MiB"]);
    expect(await errorsIn(new Uint8Array([0x61, 0x3a, 0x20, 0xff]))).toEqual([
      "config.yaml:1:1 Cannot read the file: it is not text in UTF-8",
    ]);
    expect(await errorsIn("a:\n".repeat(100_000))).toEqual([
      expect.stringMatching(/^config.yaml:\d+:\d Cannot read the file: it has more than 100000 parts$/),
    ]);
  });

  it("let a byte order mark pass", async () => {
    expect(await errorsIn("\ufeffstate: { store: memory }\n")).toEqual([]);
  });
});
