import type { z } from "zod";
import type { Path } from "./field.js";

const NOUNS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
  null: "empty",
};

/** What a value must be, for a schema that does not say so itself: `must be a whole number`. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${NOUNS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return issue.values.length === 1
        ? `must be ${issue.values.map(quote).join()}`
        : `must be one of ${issue.values.map(quote).join(", ")}`;
    case "too_small":
      return bound(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum);
    case "too_big":
      return bound(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum);
    case "invalid_format":
      return issue.format === "regex" ? `must look like ${issue.pattern ?? "its pattern"}` : `must be of the format ${issue.format}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    default:
      return "is not of a form that is known here";
  }
};

function bound(origin: string, how: string, limit: number | bigint): string {
  if (origin === "string") return limit === 1 && how === "at least" ? "must not be empty" : `must have ${how} ${limit} letters`;
  if (origin === "array" || origin === "set") return `must have ${how} ${limit} ${limit === 1 ? "entry" : "entries"}`;
  return `must be ${how} ${limit}`;
}

function quote(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : String(value);
}

/** A value as messages show it: short, and never a whole map. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  const text = String(value);
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

/** A path as messages name it: `"where.a[1]"`. */
export function nameOf(path: Path): string {
  const [first = "", ...rest] = path.map(String);
  return `"${first}${rest.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join("")}"`;
}
