import type { CompareReport, Difference } from "../../core/verification.js";
import type { Screen } from "../command.js";
import { formatCount, formatNumberOf } from "../text/format.js";
import { formatTable } from "../text/table.js";

/** So many differences are shown; `--json` has more. */
const MOST = 30;

/** How two tables compare, for a person: a summary line, and where they differ. */
export function formatComparison(report: CompareReport, { paint, width }: Screen): string {
  const { table, against, rows, ok, differences, key, columns } = report;
  const mark = ok ? paint.green("✔") : paint.red("✖");
  const only = [
    ...(rows.different > 0 ? [`${formatCount(rows.different)} different`] : []),
    ...(rows.only_ours > 0 ? [`${formatCount(rows.only_ours)} only in ${table}`] : []),
    ...(rows.only_theirs > 0 ? [`${formatCount(rows.only_theirs)} only in ${against}`] : []),
  ];
  const counts = [`${formatNumberOf(rows.same, "row")} the same`, ...only].join(", ");
  const head = `${mark} ${paint.bold(table)} and ${paint.bold(against)}: ${counts}\n  ${paint.dim(`by ${key.join(", ")}; compared: ${columns.join(", ")}`)}\n`;
  if (differences.length === 0) return head;
  const heads = [...key, "column", table, against].map((name) => ({ head: name }));
  return (
    head +
    formatTable(
      heads,
      differences.slice(0, MOST).map((difference) => toRow(difference, key)),
      width,
    )
  );
}

function toRow({ key, column, ours, theirs }: Difference, names: readonly string[]): string[] {
  const cells =
    column === null
      ? ["", ours === true ? "there" : "not there", theirs === true ? "there" : "not there"]
      : [column, text(ours), text(theirs)];
  return [...names.map((name) => text(key[name] ?? null)), ...cells];
}

function text(value: Difference["ours"]): string {
  return value === null ? "NULL" : typeof value === "object" ? JSON.stringify(value) : String(value);
}
