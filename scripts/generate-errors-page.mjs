// The table of src/core/errors.ts and the advice beside it → docs/errors.md.
import { ADVICE, OTHER_EXITS } from "./error-advice.mjs";
import { importSource } from "./import-source.mjs";

const EFFECT = {
  window: "The window is marked failed and the run goes on; every run tries it again",
  world: "The run stops and marks nothing",
};

/** @returns {Promise<Record<string, string>>} content by path */
export async function generate() {
  const { ERRORS } = await importSource("src/core/errors.ts");
  const page = `<!-- Generated from src/core/errors.ts and scripts/error-advice.mjs: npm run gen -->

# Errors

Every failure has a code, which stays as it is from release to release; the words around it may change. The code leads to the exit status.
With \`--json\` it is \`error.code\` of the document on stdout, and \`error.retryable\` says whether the same command may succeed later.

## Exit statuses

| status | codes |
|---|---|
${exitRows(ERRORS).join("\n")}

A run in which some windows are loaded and some are not ends with 1; one in which none is, with the first error's own status.

${Object.entries(ERRORS)
  .map(([code, facts]) => section(code, facts))
  .join("\n")}`;
  return { "docs/errors.md": page };
}

function exitRows(errors) {
  const rows = new Map(Object.entries(OTHER_EXITS).map(([exit, meaning]) => [Number(exit), [meaning]]));
  for (const [code, { exit }] of Object.entries(errors)) rows.set(exit, [...(rows.get(exit) ?? []), `[${code}](#${code.toLowerCase()})`]);
  return [...rows].sort(([a], [b]) => a - b).map(([exit, cells]) => `| ${exit} | ${cells.join(", ")} |`);
}

function section(code, { exit, scope, retryable, meaning }) {
  const advice = ADVICE[code];
  if (advice === undefined) throw new Error(`scripts/error-advice.mjs says nothing about ${code}`);
  return `## ${code}

${meaning}.

Exit status ${exit}. ${EFFECT[scope]}.${retryable ? " Waiting may be all it needs." : ""}

${advice}
`;
}
