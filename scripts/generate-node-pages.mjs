// The settings that nodes, connections and state stores declare → the tables on their pages, between `<!-- settings:begin -->` and `<!-- settings:end -->`.
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { importSource } from "./import-source.mjs";
import { settingsTable } from "./settings-table.mjs";

const FOLDERS = {
  extractors: "extractors",
  transformers: "transformers",
  loaders: "loaders",
  connections: "connections",
  stateStores: "state",
};
const MARKS = /(<!-- settings:begin -->\n)[\s\S]*?(<!-- settings:end -->)/;

/** @returns {Promise<Record<string, string>>} content by path; a type without a page is left to the house tests */
export async function generate() {
  const { catalogue } = await importSource("src/app/catalogue.gen.ts");
  const pages = {};
  for (const [key, folder] of Object.entries(FOLDERS)) {
    for (const [type, load] of Object.entries(catalogue[key])) {
      const path = `docs/${folder}/${type}.md`;
      if (!existsSync(path)) continue;
      const page = readFileSync(path, "utf8");
      if (!MARKS.test(page)) throw new Error(`${path} has no marks for its table of settings`);
      const { default: declared } = await load();
      pages[path] = page.replace(MARKS, (_, begin, end) => `${begin}\n${tableOf(declared)}\n\n${end}`);
    }
  }
  return pages;
}

function tableOf({ config }) {
  return settingsTable(
    z.toJSONSchema(config, {
      io: "input",
      unrepresentable: "any",
      override: ({ zodSchema, jsonSchema }) => {
        if (z.globalRegistry.get(zodSchema)?.secret === true) jsonSchema.writeOnly = true;
      },
    }),
  );
}
