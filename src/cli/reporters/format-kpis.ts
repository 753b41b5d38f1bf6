import type { SqlRow, SqlValue } from "../../core/database.js";
import type { PublishedTable } from "../../core/engine.js";
import type { Screen } from "../command.js";
import { displayWidth } from "../text/display-width.js";
import { sparkline } from "../text/sparkline.js";
import { formatTable, type TableColumn } from "../text/table.js";

const WINDOW = "window_start";
const NUMERIC = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|REAL|DECIMAL)\b/;
/** The most rows of a table without windows, and the most series of one with. */
const MOST_ROWS = 50;

/** One key's rows, in order of window. */
interface Series {
  readonly key: readonly string[];
  readonly rows: readonly SqlRow[];
}

/** A published table: for each key the newest value of each metric, with a chart of how it came there. */
export function formatKpis(table: PublishedTable, screen: Screen): string {
  const windows = [...new Set(table.rows.map((row) => String(row[WINDOW] ?? "")))];
  if (windows.length === 0 || windows[0] === "") return `${screen.paint.bold(table.table)}\n${formatRows(table, screen.width)}`;
  const span = windows.length === 1 ? windows[0] : `${windows[0]} … ${windows.at(-1)} (${windows.length} windows)`;
  return `${screen.paint.bold(table.table)}  ${span}\n${formatSeries(table, windows, screen.width)}`;
}

function formatRows({ columns, rows }: PublishedTable, width: number): string {
  const heads = columns.map(({ name, type }): TableColumn => ({ head: name, align: NUMERIC.test(type) ? "right" : "left" }));
  const shown = rows.slice(0, MOST_ROWS).map((row) => columns.map(({ name }) => formatValue(row[name] ?? null)));
  return formatTable(heads, shown, width) + formatRest(rows.length - shown.length, "row");
}

function formatSeries({ columns, rows }: PublishedTable, windows: readonly string[], width: number): string {
  const names = columns.filter(({ name }) => name !== WINDOW);
  const metrics = names.filter(({ type }) => NUMERIC.test(type)).map(({ name }) => name);
  const keys = names.map(({ name }) => name).filter((name) => !metrics.includes(name));
  const all = toSeries(rows, keys);
  const shown = all.slice(0, MOST_ROWS);
  const values = shown.map((series) => metrics.map((metric) => formatValue(series.rows.at(-1)?.[metric] ?? null)));
  const length = chartLength(shown, values, metrics, width, windows.length);
  const recent = windows.slice(-length);
  const cells = shown.map((series, index) => [
    ...series.key,
    ...metrics.flatMap((metric, column) => [values[index]?.[column] ?? "", chart(series, metric, length > 1 ? recent : [])]),
  ]);
  const heads: TableColumn[] = [
    ...keys.map((head) => ({ head })),
    ...metrics.flatMap((head): TableColumn[] => [{ head, align: "right" }, { head: "" }]),
  ];
  return formatTable(heads, cells, width) + formatRest(all.length - shown.length, "key");
}

function toSeries(rows: readonly SqlRow[], keys: readonly string[]): Series[] {
  const series = new Map<string, { key: string[]; rows: SqlRow[] }>();
  for (const row of rows) {
    const key = keys.map((name) => formatValue(row[name] ?? null));
    const id = JSON.stringify(key);
    const known = series.get(id);
    if (known) known.rows.push(row);
    else series.set(id, { key, rows: [row] });
  }
  return [...series.values()];
}

function chart({ rows }: Series, metric: string, windows: readonly string[]): string {
  const byWindow = new Map(rows.map((row) => [String(row[WINDOW]), toNumber(row[metric] ?? null)]));
  return sparkline(windows.map((window) => byWindow.get(window) ?? null));
}

/** As many windows as fit beside the values; at least 4, at most all. */
function chartLength(
  shown: readonly Series[],
  values: readonly (readonly string[])[],
  metrics: readonly string[],
  width: number,
  all: number,
): number {
  if (metrics.length === 0) return 0;
  const keyWidth = Math.max(...shown.map(({ key }) => key.reduce((sum, cell) => sum + displayWidth(cell) + 2, 0)));
  const valueWidth = metrics.reduce((sum, metric, index) => sum + widest([metric, ...values.map((row) => row[index] ?? "")]) + 4, 0);
  return Math.max(4, Math.min(all, Math.floor((width - keyWidth - valueWidth) / metrics.length)));
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(displayWidth));
}

function formatValue(value: SqlValue): string {
  if (value === null) return "–";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Decimals and large integers come as text. */
function toNumber(value: SqlValue): number | null {
  return value === null || typeof value === "object" || typeof value === "boolean" ? null : Number(value);
}

function formatRest(count: number, noun: string): string {
  return count > 0 ? `… and ${count} more ${noun}${count === 1 ? "" : "s"}\n` : "";
}
