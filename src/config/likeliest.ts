import type { z } from "zod";

/** Of what a union complains about, the form that fits best: the one whose reading came furthest. Where none got anywhere, all forms in one. */
export function likeliest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const [best = []] = [...issue.errors].sort((a, b) => depth(b) - depth(a));
  if (depth(best) === 0) return [{ ...issue, code: "custom", message: alternatives(issue) }];
  return best.flatMap((inner) => likeliest({ ...inner, path: [...issue.path, ...inner.path] }));
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map(({ path }) => path.length));
}

function alternatives({ errors, message }: z.core.$ZodIssueInvalidUnion): string {
  const messages = new Set(errors.flat().map((inner) => (inner.code === "invalid_union" ? alternatives(inner) : inner.message)));
  return messages.size === 0 ? message : [...messages].join(", or ");
}
