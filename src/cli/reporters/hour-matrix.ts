import type { HoursReport } from "../../core/reports.js";
import { parseDuration } from "../../core/time.js";
import { type HourMark, kindOf } from "./hour-marks.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A row of the picture: a local day by hours, or a month by days. */
export interface MatrixRow {
  readonly label: string;
  /** The windows of each cell, in order; a cell without any is blank. */
  readonly cells: readonly (readonly HourMark[])[];
}

export interface Matrix {
  /** What the cells are called, such as `00` … `23`. */
  readonly columns: readonly string[];
  /** Windows that a cell holds on a day of 24 hours. */
  readonly perCell: number;
  /** Those that hold any window, in order. */
  readonly rows: readonly MatrixRow[];
}

/** Lays a report's windows out by local time. `cell` is what one holds, in ms; it counts for days alone. */
export function toMatrix(report: HoursReport, cell: number): Matrix {
  const daily = report.every === "1d";
  const every = daily ? DAY : (parseDuration(report.every) ?? HOUR);
  const columns = daily ? 31 : DAY / cell;
  const rows = new Map<string, HourMark[][]>();
  for (const { local, mark } of windowsOf(report, daily, every)) {
    const text = new Date(local).toISOString();
    const label = daily ? text.slice(0, 7) : text.slice(0, 10);
    const column = daily ? Number(text.slice(8, 10)) - 1 : Math.floor((local % DAY) / cell);
    const cells = rows.get(label) ?? Array.from({ length: columns }, () => []);
    rows.set(label, cells);
    cells[column]?.push(mark);
  }
  const names = Array.from({ length: columns }, (_, index) => String(daily ? index + 1 : (index * cell) / HOUR).padStart(2, "0"));
  return { columns: names, perCell: daily ? 1 : cell / every, rows: [...rows].map(([label, cells]) => ({ label, cells })) };
}

/** Each window at its local time, which stands as if it were UTC. */
function* windowsOf(report: HoursReport, daily: boolean, every: number): Generator<{ readonly local: number; readonly mark: HourMark }> {
  const toLocal = localTime(report.offsets);
  // days of 23 and 25 hours are counted by their dates
  const position = daily ? (text: string) => Math.floor(toLocal(Date.parse(text)) / DAY) * DAY : (text: string) => Date.parse(text);
  const sparse = report.sparse.map(({ from, to, quarters }) => ({ from: position(from), to: position(to), quarters }));
  let next = 0;
  for (const range of report.ranges) {
    const { from, to } = range;
    const kind = kindOf(range);
    for (let at = position(from); at < position(to); at += every) {
      while (at >= (sparse[next]?.to ?? Number.POSITIVE_INFINITY)) next += 1;
      const thin = at >= (sparse[next]?.from ?? Number.POSITIVE_INFINITY) ? sparse[next] : undefined;
      const quarters = thin?.quarters ?? (report.usual_rows === null ? 0 : 3);
      yield { local: daily ? at : toLocal(at), mark: { kind, quarters } };
    }
  }
}

function localTime(offsets: HoursReport["offsets"]): (instant: number) => number {
  const known = offsets.map(({ from, minutes }) => ({ from: Date.parse(from), ms: minutes * 60_000 }));
  return (instant) => instant + (known.findLast(({ from }) => from <= instant) ?? known[0] ?? { ms: 0 }).ms;
}
