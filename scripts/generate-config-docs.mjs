// The schemas of src/config → the tables of docs/config.md and the JSON Schemas in config/.
import { readFileSync } from "node:fs";
import { importSource } from "./import-source.mjs";
import { settingsTable } from "./settings-table.mjs";

const PAGE = "docs/config.md";

/** @returns {Promise<Record<string, string>>} content by path */
export async function generate() {
  const { catalogue } = await importSource("src/app/catalogue.gen.ts");
  const { projectSchema, pipelineSchema } = await importSource("src/config/project-schema.ts");
  const schema = await projectSchema(catalogue);
  return {
    "config/kpi.schema.json": `${JSON.stringify(schema, null, 2)}\n`,
    "config/pipeline.schema.json": `${JSON.stringify(await pipelineSchema(catalogue), null, 2)}\n`,
    [PAGE]: fillIn(readFileSync(PAGE, "utf8"), blocks(schema)),
  };
}

/** What belongs between the marks of a name. */
function blocks({ properties, definitions }) {
  return {
    top: settingsTable({ properties }),
    warehouse: settingsTable(properties.warehouse),
    pipeline: settingsTable(definitions.pipeline),
    "state stores": sections(definitions, "state.", ["name"]),
    "connection types": sections(definitions, "connection."),
  };
}

function sections(definitions, prefix, common = []) {
  const names = Object.keys(definitions).filter((name) => name.startsWith(prefix));
  return names
    .map((name) => {
      const type = name.slice(prefix.length);
      const { summary, schema } = withoutName(definitions[name], type, common);
      return `### \`${type}\`\n\n${summary}.\n\n${settingsTable(schema)}`;
    })
    .join("\n\n");
}

/** The key that names the type says what it is; the others are its settings. */
function withoutName({ properties, ...schema }, type, common) {
  const named = Object.entries(properties).find(([, { const: only, enum: names }]) => only === type || names?.includes(type));
  const settings = Object.fromEntries(Object.entries(properties).filter(([key]) => ![named[0], ...common].includes(key)));
  return { summary: named[1].description, schema: { ...schema, properties: settings } };
}

/** Puts each block between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. */
function fillIn(page, contents) {
  return Object.entries(contents).reduce((text, [name, content]) => {
    const marks = new RegExp(`(<!-- ${name}:begin -->\n)[\\s\\S]*?(<!-- ${name}:end -->)`);
    if (!marks.test(text)) throw new Error(`${PAGE} has no marks for "${name}"`);
    return text.replace(marks, (_, begin, end) => `${begin}\n${content}\n\n${end}`);
  }, page);
}
