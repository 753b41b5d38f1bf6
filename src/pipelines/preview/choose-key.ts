import { KpiError } from "../../core/errors.js";
import type { RelationColumn } from "../../core/relation.js";
import type { PreviewTable } from "./open-preview.js";

const TEXT = /^(VARCHAR|UUID|ENUM\(.*)$/;

/** The columns that tell which rows belong together: those asked for, the loader's key, or the column of windows and all columns of text. Throws USAGE. */
export function chooseKey(
  { step, table, window }: PreviewTable,
  columns: readonly RelationColumn[],
  asked: readonly string[] | undefined,
): readonly string[] {
  const named = asked ?? step.node.key?.(step.settings) ?? null;
  if (named === null) return columns.filter(({ name, type }) => isSame(name, window) || TEXT.test(type)).map(({ name }) => name);
  return named.map((wanted) => {
    const found = columns.find(({ name }) => isSame(name, wanted));
    if (found !== undefined) return found.name;
    throw new KpiError("USAGE", `Cannot compare "${table}" by "${wanted}": it has no such column`, {
      hint: `It has: ${columns.map(({ name }) => name).join(", ")}`,
    });
  });
}

function isSame(name: string, other: string | null): boolean {
  return name.toLowerCase() === other?.toLowerCase();
}
