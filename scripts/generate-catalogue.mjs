// The folders of nodes, connections and state stores → src/app/catalogue.gen.ts: every type there is, as a lazy import that the compiler checks.
import { existsSync, readdirSync, readFileSync } from "node:fs";

const TABLES = [
  { key: "extractors", files: () => typesIn("extractors") },
  { key: "transformers", files: () => typesIn("transformers") },
  { key: "loaders", files: () => typesIn("loaders") },
  { key: "connections", files: connections },
  { key: "stateStores", files: () => typesIn("state") },
];
const CONNECTION = /^([a-z0-9_]+)-connection\.ts$/;

/** One file a type: its name is the type's. Folders beside them (`lib/`) hold what types share. */
function typesIn(room) {
  return sources(room).map((file) => ({ type: file.slice(0, -".ts".length), module: `../${room}/${file.replace(/\.ts$/, ".js")}` }));
}

function connections() {
  const rooms = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return rooms.flatMap(({ name: room }) =>
    sources(room)
      .filter((file) => CONNECTION.test(file) && readFileSync(`src/${room}/${file}`, "utf8").includes("defineConnection("))
      .map((file) => ({ type: CONNECTION.exec(file)[1], module: `../${room}/${file.replace(/\.ts$/, ".js")}` })),
  );
}

function sources(room) {
  if (!existsSync(`src/${room}`)) return [];
  return readdirSync(`src/${room}`, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => entry.name);
}

/** @returns {Promise<Record<string, string>>} content by path */
export async function generate() {
  const tables = TABLES.map(({ key, files }) => {
    const lines = files()
      .sort((a, b) => (a.type < b.type ? -1 : 1))
      .map(({ type, module }) => `    ${/^[a-z]\w*$/.test(type) ? type : JSON.stringify(type)}: () => import("${module}"),\n`);
    return `  ${key}: {${lines.length === 0 ? "" : `\n${lines.join("")}  `}},\n`;
  });
  const content = `// Generated from the folders by scripts/generate-catalogue.mjs: npm run gen
import type { Catalogue } from "../core/catalogue.js";

export const catalogue = {
${tables.join("")}} as const satisfies Catalogue;
`;
  return { "src/app/catalogue.gen.ts": content };
}
