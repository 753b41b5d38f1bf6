import { displayWidth, truncate } from "./display-width.js";

export interface TableColumn {
  readonly head: string;
  readonly align?: "left" | "right";
}

const GAP = "  ";
const NARROWEST = 6;

/** Rows under their heads, in columns that fit into so many characters: the widest give way first. */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[], screenWidth: number): string {
  const cells = [columns.map(({ head }) => head), ...rows.map((row) => row.map((cell) => cell.replace(/\s+/g, " ")))];
  const natural = columns.map((_, index) => Math.max(...cells.map((row) => displayWidth(row[index] ?? ""))));
  const widths = shrink(natural, screenWidth - GAP.length * (columns.length - 1));
  const lines = cells.map((row) =>
    columns
      .map(({ align }, index) => pad(row[index] ?? "", widths[index] ?? 0, align))
      .join(GAP)
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join("");
}

function shrink(natural: readonly number[], available: number): number[] {
  const widths = [...natural];
  for (let excess = widths.reduce((sum, width) => sum + width, 0) - available; excess > 0; excess -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= NARROWEST) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function pad(text: string, width: number, align: "left" | "right" = "left"): string {
  const shown = truncate(text, width);
  const space = " ".repeat(width - displayWidth(shown));
  return align === "left" ? shown + space : space + shown;
}
