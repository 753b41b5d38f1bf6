import { isDifferent, type Verdict, type VerifiedWindow, type VerifyReport } from "../../core/verification.js";
import type { Screen } from "../command.js";
import { formatCount, formatNumberOf } from "../text/format.js";
import { formatTable, type TableColumn } from "../text/table.js";

/** So many windows are shown; `--json` has them all. */
const MOST = 50;

const LABELS: Readonly<Record<Verdict, string>> = {
  same: "the same",
  unknown: "not countable at the source",
  skipped: "skipped",
  adopted: "adopted",
  source_differs: "source differs",
  warehouse_differs: "warehouse differs",
  both_differ: "source and warehouse differ",
  missing: "missing",
  failed: "failed",
};

/** What was verified, for a person: a summary line, the windows that differ, what to do about them. */
export function formatVerification(report: VerifyReport, { paint, width }: Screen): string {
  const { pipeline, windows, ok, from, to, fixed, warnings } = report;
  const different = windows.filter(isDifferent);
  const mark = ok ? paint.green("✔") : paint.red("✖");
  const done = fixed === undefined ? "" : `${formatNumberOf(fixed.windows, "window")} done again; `;
  const head = `${mark} ${paint.bold(pipeline)}: ${done}${headline(report)}\n  ${paint.dim(`${from} → ${to}`)}\n`;
  const rest = different.length > MOST ? `  and ${formatNumberOf(different.length - MOST, "more window")}; --json has all\n` : "";
  const table = different.length === 0 ? "" : formatTable(COLUMNS, different.slice(0, MOST).map(toRow), width);
  const said = warnings.map((warning) => `  ${paint.yellow("!")} ${warning}\n`).join("");
  return head + table + rest + said + (different.length > 0 ? nextStep(report) : "");
}

function headline({ windows, summary }: VerifyReport): string {
  if (windows.length === 0) return "no window was ever tried there";
  const counts = Object.entries(summary).map(([verdict, count]) => `${formatCount(count)} ${LABELS[verdict as Verdict]}`);
  return `${formatNumberOf(windows.length, "window")}: ${counts.join(", ")}`;
}

const COLUMNS: readonly TableColumn[] = [
  { head: "window" },
  { head: "at the source", align: "right" },
  { head: "when loaded", align: "right" },
  { head: "rows in ledger", align: "right" },
  { head: "in warehouse", align: "right" },
  { head: "" },
];

function toRow({ start, verdict, ...counts }: VerifiedWindow): string[] {
  const cells = [counts.source_rows, counts.loaded_source_rows, counts.ledger_rows, counts.warehouse_rows];
  return [start, ...cells.map((count) => (count === null ? "–" : formatCount(count))), LABELS[verdict]];
}

function nextStep({ pipeline, from, to, fixed }: VerifyReport): string {
  if (fixed !== undefined) return `  Try: kpi runs show ${fixed.run}\n`;
  return `  Try: kpi verify ${pipeline} --from ${from} --to ${to} --fix\n`;
}
