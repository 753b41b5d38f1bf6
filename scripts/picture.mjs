// docs/run.svg, the README's picture: a real run and what it published, drawn from the terminal's own bytes. Not part of `npm run gen`: a run's time differs.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const COLOURS = { 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 36: "#79c0ff", 90: "#8b949e" };
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what terminals are told colours with
const STYLE = /(\u001b\[[\d;]*m)/;
const [width, line] = [8.4, 19];
const folder = mkdtempSync(join(tmpdir(), "kpi-picture-"));

function kpi(...args) {
  const env = { ...process.env, FORCE_COLOR: "1", COLUMNS: "110", KPI_NOW: "2026-01-05T04:10:00Z" };
  return execFileSync("sh", ["-c", 'exec "$@" 2>&1', "sh", process.execPath, resolve("bin/kpi.js"), ...args], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
}

const markup = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** One terminal line as spans of text, each in its colour. */
function spans(text) {
  let style = "";
  return text.split(STYLE).map((part) => {
    const codes = part.startsWith("\u001b[") ? part.slice(2, -1) : undefined;
    if (codes === undefined) return part === "" ? "" : `<tspan${style}>${markup(part)}</tspan>`;
    const colour = codes
      .split(";")
      .map((code) => COLOURS[code])
      .find(Boolean);
    style = codes.split(";").includes("1")
      ? ' font-weight="bold"'
      : codes === "2"
        ? ' fill="#8b949e"'
        : colour === undefined
          ? ""
          : ` fill="${colour}"`;
    return "";
  });
}

try {
  cpSync("config", join(folder, "config"), { recursive: true });
  kpi("sample", "--hours", "50");
  const screen = ["run", "show"].flatMap((command) => [
    `\u001b[90m$ kpi ${command} pipeline-horario\u001b[0m`,
    ...kpi(command, "pipeline-horario").trimEnd().split("\n"),
    "",
  ]);
  const rows = screen.map((text, index) => `<text x="20" y="${48 + index * line}" xml:space="preserve">${spans(text).join("")}</text>`);
  const [w, h] = [Math.ceil(40 + 106 * width), 48 + screen.length * line];
  const dots = ["#ff5f56", "#ffbd2e", "#27c93f"].map((fill, index) => `<circle cx="${20 + index * 18}" cy="18" r="5.5" fill="${fill}"/>`);
  writeFileSync(
    "docs/run.svg",
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" role="img" aria-label="A run of kpi and the KPIs it published">
<rect width="${w}" height="${h}" rx="8" fill="#0d1117"/>${dots.join("")}
<g fill="#e6edf3" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${rows.join("\n")}
</g>
</svg>
`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
