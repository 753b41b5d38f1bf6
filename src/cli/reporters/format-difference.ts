import type { SqlValue } from "../../core/database.js";
import type { RowDifference, TableDifference } from "../../core/difference.js";
import type { PlanDifference } from "../../core/reports.js";
import type { Screen } from "../command.js";
import { formatCount, formatNumberOf } from "../text/format.js";
import { formatTable } from "../text/table.js";
import { formatWindows } from "./format-windows.js";

/** So many lines of a table's differences are shown; `--json` has more. */
const MOST = 30;

/** What publishing would change, for a person: windows that would not be loaded, then table by table what differs, from which values to which. */
export function formatDifference({ windows, tables, left_out: left, warnings }: PlanDifference, screen: Screen): string {
  const { paint } = screen;
  if (windows.length === 0) return "";
  const troubled = windows.filter(({ status }) => status !== "loaded");
  const told = troubled.flatMap(({ start, error }) =>
    error === null ? [] : [`  ${paint.red("✖")} ${start}: ${error.message} ${paint.dim(`(${error.code})`)}\n`],
  );
  const said = warnings.map((warning) => `  ${paint.yellow("!")} ${warning}\n`);
  const out = left.length === 0 ? "" : `  ${paint.dim(`left out, for it acts outside the warehouse: ${left.join(", ")}`)}\n`;
  const head = `\n${paint.bold("What it would change")} ${paint.dim("(nothing was published)")}\n`;
  return (
    head + formatWindows(troubled, paint) + told.join("") + said.join("") + out + tables.map((table) => formatOne(table, screen)).join("")
  );
}

function formatOne(difference: TableDifference, { paint, width }: Screen): string {
  const { table, exists, rows, key, key_is_shared: shared, columns, values, differences } = difference;
  const counts = `${formatNumberOf(rows.added, "row")} added, ${formatCount(rows.changed)} changed, ${formatCount(rows.removed)} removed, ${formatCount(rows.same)} the same`;
  const rule = shared ? "rows share it: one that changed is one removed and one added; --key names others" : "";
  const by = exists && key.length > 0 ? `  ${paint.dim([`by ${key.join(", ")}`, rule].filter((part) => part !== "").join("; "))}\n` : "";
  const drift = [
    ...columns.added.map(({ name, type }) => `  new column ${name} ${type}\n`),
    ...columns.changed.map(({ name, old, new: now }) => `  column ${name}: ${old} → ${now}\n`),
  ];
  const head = `${paint.bold(table)}: ${exists ? "" : "a new table, "}${counts}\n${by}${drift.join("")}`;
  return head + formatValues(values, width) + formatRows(difference, differences, width);
}

function formatValues(values: TableDifference["values"], width: number): string {
  if (values.length === 0) return "";
  const heads = [{ head: "column" }, ...["rows changed", "least change", "most change"].map((head) => ({ head, align: "right" as const }))];
  const rows = values.map(({ column, rows: count, least_change: least, most_change: most }) => [
    column,
    formatCount(count),
    signed(least),
    signed(most),
  ]);
  return formatTable(heads, rows, width);
}

function formatRows({ key, rows }: TableDifference, differences: readonly RowDifference[], width: number): string {
  if (differences.length === 0) return "";
  const lines = differences.flatMap((row) => toLines(row, key)).slice(0, MOST);
  const heads = [...key.map((head) => ({ head })), { head: "what" }, { head: "old → new" }, { head: "change", align: "right" as const }];
  const told = new Set(lines.map(({ row }) => row)).size;
  const more = rows.added + rows.changed + rows.removed - told;
  return (
    formatTable(
      heads,
      lines.map(({ cells }) => cells),
      width,
    ) + (more > 0 ? `  … and ${formatNumberOf(more, "row")} more, with --json\n` : "")
  );
}

interface Line {
  readonly row: RowDifference;
  readonly cells: readonly string[];
}

/** A changed row has a line for each of its values, another one for all of them. */
function toLines(row: RowDifference, key: readonly string[]): Line[] {
  const keyed = key.map((name) => text(row.key[name] ?? null));
  const values = Object.entries(row.values);
  if (row.kind !== "changed") {
    const side = row.kind === "added" ? "new" : "old";
    const all = values.map(([name, value]) => `${name} ${text(value[side])}`).join(", ");
    return [{ row, cells: [...keyed, row.kind, all, ""] }];
  }
  return values.map(([name, value]) => ({ row, cells: [...keyed, name, `${text(value.old)} → ${text(value.new)}`, signed(value.change)] }));
}

function text(value: SqlValue): string {
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(9)));
  return value === null ? "NULL" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** `+0.25`, `−3`; a bigint has become text before. */
function signed(change: SqlValue): string {
  if (change === null) return "";
  const shown = text(change);
  return shown.startsWith("-") ? `−${shown.slice(1)}` : `+${shown}`;
}
