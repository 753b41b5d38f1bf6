// Runs every scripts/generate-*.mjs and writes what changed. With --check it writes nothing and ends with 1 where a file is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const scripts = dirname(fileURLToPath(import.meta.url));
process.chdir(join(scripts, ".."));
const check = process.argv.includes("--check");
// the catalogue comes first: others read it
const generators = readdirSync(scripts)
  .filter((name) => /^generate-.+\.mjs$/.test(name))
  .sort((a, b) => Number(b === "generate-catalogue.mjs") - Number(a === "generate-catalogue.mjs") || (a < b ? -1 : 1));

for (const name of generators) {
  const { generate } = await import(`./${name}`);
  for (const [path, content] of Object.entries(await generate())) {
    if (existsSync(path) && readFileSync(path, "utf8") === content) continue;
    if (check) {
      console.error(`${path} is stale: npm run gen`);
      process.exitCode = 1;
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    console.error(`wrote ${path}`);
  }
}
