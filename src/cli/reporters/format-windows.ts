import type { WindowReport } from "../../core/reports.js";
import type { Paint } from "../colour.js";
import { formatCount, formatNumberOf } from "../text/format.js";
import { toRanges } from "../text/ranges.js";

/** From this many windows on, neighbours that ended alike share a line. */
const MOST_LINES = 30;

/** Windows, one a line, or by ranges where there are many: `2026-01-01T10:00:00Z  loaded  8,640 values, 8 rows`. */
export function formatWindows(windows: readonly WindowReport[], paint: Paint): string {
  const single = windows.length <= MOST_LINES;
  return single ? windows.map((window) => formatRange(window.start, [window], paint)).join("") : formatRanges(windows, paint);
}

/** Windows by ranges, however few they are. */
export function formatRanges(windows: readonly WindowReport[], paint: Paint): string {
  return toRanges(windows, (window) => window.status + again(window))
    .map(({ start, end, items }) => formatRange(items.length === 1 ? start : `${start} → ${end}`, items, paint))
    .join("");
}

function formatRange(when: string, items: readonly WindowReport[], paint: Paint): string {
  const status = items[0]?.status ?? "skipped";
  const count = items.length === 1 ? "" : `${formatNumberOf(items.length, "window")} `;
  const amounts = formatAmounts(items);
  return `  ${when}  ${count}${paintStatus(status, paint)}${again(items[0])}${amounts === "" ? "" : `  ${paint.dim(amounts)}`}\n`;
}

/** Says of windows that were processed before why they were done again. */
function again(window: WindowReport | undefined): string {
  return window?.reason === "late" || window?.reason === "lookback" ? ` (${window.reason})` : "";
}

/** `8,640 values, 8 rows`, over all the windows; empty where nothing was published of any. */
export function formatAmounts(windows: readonly WindowReport[]): string {
  if (windows.every(({ error }) => error !== null)) return "";
  const sum = (key: "source_rows" | "rows") => windows.reduce((total, window) => total + window[key], 0);
  return `${formatCount(sum("source_rows"))} values, ${formatNumberOf(sum("rows"), "row")}`;
}

function paintStatus(status: WindowReport["status"], paint: Paint): string {
  if (status === "loaded") return paint.green(status);
  return status === "failed" || status === "refused" ? paint.red(status) : paint.yellow(status);
}
