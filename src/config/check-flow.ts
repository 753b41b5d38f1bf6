import type { WholeStep } from "./draft-step.js";
import type { Field } from "./field.js";
import { readFlow } from "./flow.js";
import { ROLES } from "./node-table.js";

/** Warns when the comment `# FLOW: …` at a pipeline no longer tells what its steps do. Roles (`extract → transform → load`) may stand for steps. */
export function checkFlow(pipeline: Field, steps: readonly WholeStep[], flow: string): void {
  const comment = findComment(pipeline);
  if (comment === null || readFlow(comment) === readFlow(flow)) return;
  const roles = ROLES.filter((role) => steps.some(({ node }) => node.role === role));
  if (readFlow(comment.toLowerCase()) === readFlow(roles.join(" → "))) return;
  pipeline.warn(`The comment "# FLOW: ${comment}" does not tell what the steps do`, `# FLOW: ${flow}`);
}

/** On the line of the pipeline's key, or on comment lines right above or below it; in a file of its own at its top. */
function findComment({ source: { lines }, place }: Field): string | null {
  const key = place.line - 1;
  const isComment = (index: number) => /^\s*#/.test(lines[index] ?? "");
  let first = key;
  while (isComment(first - 1)) first--;
  let last = key;
  while (isComment(last + 1)) last++;
  const around = [lines[key] ?? "", ...lines.slice(first, last + 1)];
  return around.map((line) => /#\s*FLOW:\s*(.*\S)/.exec(line)?.[1]).find((found) => found !== undefined) ?? null;
}
