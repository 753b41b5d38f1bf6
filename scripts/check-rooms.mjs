// Runs the import law (.dependency-cruiser.mjs) over src, and makes sure that it saw src at all.
import { readdirSync } from "node:fs";
import { cruise } from "dependency-cruiser";
import law from "../.dependency-cruiser.mjs";

const sources = readdirSync("src", { recursive: true }).filter((name) => name.endsWith(".ts")).length;
const { output } = await cruise(["src"], { ...law.options, ruleSet: { forbidden: law.forbidden }, validate: true });
const seen = output.modules.filter((module) => module.source.startsWith("src/")).length;
const dependencies = output.modules.reduce((sum, module) => sum + module.dependencies.length, 0);

if (seen < sources || dependencies < sources) {
  console.error(`The import law saw ${seen} of ${sources} sources and ${dependencies} imports: its parser does not work`);
  process.exit(1);
}
for (const { from, to, rule, cycle } of output.summary.violations) {
  const { comment } = law.forbidden.find(({ name }) => name === rule.name) ?? {};
  console.error(`${from} -> ${cycle?.map(({ name }) => name).join(" -> ") ?? to}\n  ${rule.name}: ${comment ?? ""}`);
}
process.exitCode = output.summary.error > 0 ? 1 : 0;
