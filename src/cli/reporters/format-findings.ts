import type { DoctorReport, Finding } from "../../core/finding.js";
import type { Paint } from "../colour.js";
import type { Screen } from "../command.js";
import { formatNumberOf } from "../text/format.js";

/** What doctor found as a list, each with what to do about it, and a last line that counts. */
export function formatFindings({ findings, offline }: DoctorReport, { paint }: Screen): string {
  const count = (level: Finding["level"]) => findings.filter((finding) => finding.level === level).length;
  const total = `${formatNumberOf(count("error"), "error")}, ${formatNumberOf(count("warning"), "warning")}`;
  const lines = findings.map((finding) => formatFinding(finding, paint));
  return `${lines.join("")}\n${total}${offline ? "; other machines were not asked" : ""}\n`;
}

function formatFinding({ about, name, level, code, message, hint }: Finding, paint: Paint): string {
  const mark = { ok: paint.green("✓"), warning: paint.yellow("!"), error: paint.red("✗") }[level];
  const subject = paint.bold([about, name].filter(Boolean).join(" "));
  const first = `${mark} ${subject}: ${message}${code === null ? "" : ` ${paint.dim(`(${code})`)}`}\n`;
  return hint === null
    ? first
    : `${first}${hint
        .split("\n")
        .map((line) => `    ${line}\n`)
        .join("")}`;
}
