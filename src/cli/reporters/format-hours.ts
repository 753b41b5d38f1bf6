import type { HourRange, HoursReport } from "../../core/reports.js";
import { parseDuration } from "../../core/time.js";
import type { Paint } from "../colour.js";
import type { Screen } from "../command.js";
import { allowEmpty } from "../next-step.js";
import { displayWidth } from "../text/display-width.js";
import { formatCount, formatNumberOf } from "../text/format.js";
import { drawMark, kindOf, LOOKS, mostNotable } from "./hour-marks.js";
import { type Matrix, type MatrixRow, toMatrix } from "./hour-matrix.js";

const HOUR = 3_600_000;
/** What a cell may hold, in hours, from the finest picture to the coarsest. */
const CELLS = [1, 2, 3, 4, 6, 8, 12, 24];
const DATE = "2026-01-01  ".length;

/** A pipeline's hours for a person: a summary, a picture of days and hours, what its marks mean, what to do next. */
export function formatHours(report: HoursReport, { paint, width }: Screen): string {
  const { pipeline, from, to, timezone, ranges } = report;
  const head = `${paint.bold(pipeline)}: ${headline(report)}\n  ${paint.dim(`${from} → ${to}, ${report.every === "1d" ? "months" : "days"} in ${timezone}`)}\n`;
  if (ranges.length === 0) return `${head}  Try: kpi run ${pipeline}\n`;
  return `${head}\n${formatMatrix(report, paint, width)}\n${formatLegend(report, paint, width)}${formatNext(report)}`;
}

/** `744 hours: 740 loaded, 3 empty, 1 failed; last processed …`. */
function headline({ every, summary, last_processed_hour: last }: HoursReport): string {
  const noun = every === "1h" ? "hour" : every === "1d" ? "day" : "window";
  const processed = last === null ? "nothing processed yet" : `last processed ${last}`;
  if (summary.windows === 0) return `no ${noun} is known; ${processed}`;
  const kinds = LOOKS.flatMap(({ kind, label }) =>
    kind === "last_attempt_failed" || summary[kind] === 0 ? [] : [{ count: summary[kind], label }],
  );
  const counts = kinds.sort((a, b) => b.count - a.count).map(({ count, label }) => `${formatCount(count)} ${label}`);
  return `${formatNumberOf(summary.windows, noun)}: ${counts.join(", ")}; ${processed}`;
}

function formatMatrix(report: HoursReport, paint: Paint, width: number): string {
  const { cell, columnWidth } = choosePicture(report.every, width);
  const matrix = toMatrix(report, cell);
  const margin = " ".repeat((matrix.rows[0]?.label.length ?? 0) + 2);
  const lines = matrix.rows.map((row) => `${row.label}  ${drawRow(row, matrix, columnWidth, paint)}\n`);
  return `${paint.dim((margin + drawHeads(matrix, columnWidth)).trimEnd())}\n${lines.join("")}`;
}

/** The finest picture that fits, airy where there is room for that. */
function choosePicture(every: string, width: number): { cell: number; columnWidth: number } {
  if (every === "1d") return { cell: 24 * HOUR, columnWidth: width < DATE + 62 ? 1 : 2 };
  const size = Math.max(parseDuration(every) ?? HOUR, HOUR);
  const choices = CELLS.filter((hours) => (hours * HOUR) % size === 0).flatMap((hours) =>
    [2, 1].map((columnWidth) => ({ cell: hours * HOUR, columnWidth, needs: DATE + (24 / hours) * columnWidth })),
  );
  return choices.find(({ needs }) => needs <= width) ?? { cell: 24 * HOUR, columnWidth: 1 };
}

function drawHeads({ columns }: Matrix, columnWidth: number): string {
  const each = Math.ceil(4 / columnWidth);
  return columns.flatMap((name, index) => (index % each === 0 ? [name.padEnd(each * columnWidth)] : [])).join("");
}

/** An hour that a day has twice shows both in its two columns. */
function drawRow({ cells }: MatrixRow, { perCell }: Matrix, columnWidth: number, paint: Paint): string {
  const drawn = cells.map((marks) => {
    const twice = columnWidth === 2 && marks.length === 2 * perCell;
    const first = mostNotable(twice ? marks.slice(0, perCell) : marks);
    const second = twice ? drawMark(mostNotable(marks.slice(perCell)), paint) : " ".repeat(columnWidth - 1);
    return drawMark(first, paint) + second;
  });
  return drawn.join("").trimEnd();
}

function formatLegend({ ranges, summary, usual_rows: usual, sparse }: HoursReport, paint: Paint, width: number): string {
  const drawn = ranges.filter((range) => kindOf(range) === "last_attempt_failed").reduce((sum, { windows }) => sum + windows, 0);
  const counts = { ...summary, last_attempt_failed: drawn };
  const items = LOOKS.filter(({ kind }) => counts[kind] > 0).map(({ glyph, label, kind, paint: colour }) => {
    const text = `${formatCount(counts[kind])} ${label}`;
    return { width: displayWidth(text) + 2, text: `${colour(glyph, paint)} ${text}` };
  });
  if (sparse.length > 0 && usual !== null) {
    const text = `fewer rows than the usual ${formatCount(usual)}`;
    items.push({ width: displayWidth(text) + 4, text: `${paint.green("▓▒░")} ${text}` });
  }
  let legend = "";
  let column = 0;
  for (const item of items) {
    const fits = column > 0 && column + 3 + item.width <= width;
    legend += `${fits ? "   " : `${legend === "" ? "" : "\n"}  `}${item.text}`;
    column = fits ? column + 3 + item.width : 2 + item.width;
  }
  return `${legend}\n`;
}

/** The commands that settle what is not as it should be. */
function formatNext({ pipeline, ranges }: HoursReport): string {
  const bounds = (fits: (range: HourRange) => boolean) => {
    const found = ranges.filter(fits);
    return found.length === 0 ? null : `--from ${found[0]?.from} --to ${found.at(-1)?.to}`;
  };
  const failed = bounds(({ status, last_attempt_status: last }) => status === "failed" || last === "failed");
  const refused = bounds(({ last_attempt_status: last }) => last === "refused");
  const stale = bounds(({ status }) => status === "stale");
  const missing = bounds(({ status }) => status === "missing");
  const lines = [
    failed === null ? "" : `  Try: kpi backfill ${pipeline} ${failed} --rerun failed\n`,
    missing === null ? "" : `  Try: kpi run ${pipeline}\n`,
    stale === null ? "" : `  Try: kpi backfill ${pipeline} ${stale} --rerun stale\n`,
    refused === null ? "" : `  ${allowEmpty(pipeline)}\n`,
  ];
  return lines.join("");
}
