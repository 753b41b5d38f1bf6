import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { catalogue } from "../../src/app/catalogue.gen.js";
import { RESERVED_WORDS } from "../../src/config/reserved-words.js";

const ROLES = [
  { key: "extract", folder: "extractors", types: catalogue.extractors },
  { key: "transform", folder: "transformers", types: catalogue.transformers },
  { key: "load", folder: "loaders", types: catalogue.loaders },
] as const;

type Map = Readonly<Record<string, unknown>>;

/** All steps in a piece of YAML, however deep, by their ids. */
function stepsIn(value: unknown): [string, Map][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([id, inner]): [string, Map][] => [
    ...(isStep(inner) ? [[id, inner] as [string, Map]] : []),
    ...stepsIn(inner),
  ]);
}

function isStep(value: unknown): value is Map {
  return typeof value === "object" && value !== null && ROLES.some(({ key }) => typeof (value as Map)[key] === "string");
}

const pages = ROLES.flatMap(({ folder, types }) => Object.keys(types).map((type) => `docs/${folder}/${type}.md`)).filter((page) =>
  existsSync(page),
);

describe.each(pages)("%s", (page) => {
  const blocks = [...readFileSync(page, "utf8").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => parse(text));

  it("shows steps that are valid", async () => {
    for (const [id, { from: _, connection: __, ...step }] of blocks.flatMap(stepsIn)) {
      expect(RESERVED_WORDS.has(id), id).toBe(false);
      for (const { key, types } of ROLES) {
        const { [key]: type, ...settings } = step;
        if (typeof type !== "string") continue;
        const load = (types as Readonly<Record<string, () => Promise<{ default: { config: { parse(value: unknown): unknown } } }>>>)[type];
        expect(load, type).toBeDefined();
        (await load?.())?.default.config.parse(settings);
      }
    }
  });
});

it("pages of nodes show steps", () => {
  const steps = pages.flatMap((page) => [...readFileSync(page, "utf8").matchAll(/\b(extract|transform|load): \w+/g)]);
  expect(steps.length).toBeGreaterThan(20);
});
