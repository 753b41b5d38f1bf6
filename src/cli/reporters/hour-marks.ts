import type { HourRange, HourStatus } from "../../core/reports.js";
import type { Paint } from "../colour.js";

/** What a cell of the picture says. `last_attempt_failed`: its rows are there, but doing it again came to nothing. */
export type HourKind = HourStatus | "last_attempt_failed";

export interface HourMark {
  readonly kind: HourKind;
  /** Of a loaded window, how many quarters of the usual rows it has; 3 = as usual. */
  readonly quarters: number;
}

interface Look {
  readonly kind: HourKind;
  readonly glyph: string;
  readonly label: string;
  paint(text: string, paint: Paint): string;
}

const SHADES = ["░", "▒", "▓", "█"];

/** Each with a shape and a colour of its own; of windows that share a cell, the first here is the one that is seen. */
export const LOOKS: readonly Look[] = [
  { kind: "running", glyph: "»", label: "running", paint: (text, { blue }) => blue(text) },
  { kind: "failed", glyph: "×", label: "failed", paint: (text, { red }) => red(text) },
  { kind: "last_attempt_failed", glyph: "!", label: "there, but the last attempt failed", paint: (text, { bold, red }) => bold(red(text)) },
  { kind: "missing", glyph: "□", label: "missing", paint: (text, { yellow }) => yellow(text) },
  { kind: "late", glyph: "≈", label: "late", paint: (text, { yellow }) => yellow(text) },
  { kind: "stale", glyph: "~", label: "stale", paint: (text, { magenta }) => magenta(text) },
  { kind: "empty", glyph: "○", label: "empty", paint: (text, { cyan }) => cyan(text) },
  { kind: "not_replayable", glyph: "/", label: "not replayable", paint: (text, { dim, magenta }) => dim(magenta(text)) },
  { kind: "skipped", glyph: "-", label: "skipped", paint: (text, { dim }) => dim(text) },
  { kind: "adopted", glyph: "◇", label: "adopted", paint: (text, { bold }) => bold(text) },
  { kind: "loaded", glyph: "█", label: "loaded", paint: (text, { green }) => green(text) },
];

/** A range's hours, as they are drawn. */
export function kindOf({ status, last_attempt_status: last }: HourRange): HourKind {
  if (status === "failed" || status === "late") return status;
  return last === "failed" || last === "refused" ? "last_attempt_failed" : status;
}

/** The mark that is seen of some windows in one cell; null of none. */
export function mostNotable(marks: readonly HourMark[]): HourMark | null {
  const rank = ({ kind, quarters }: HourMark) => LOOKS.findIndex((look) => look.kind === kind) * 4 + quarters;
  return marks.reduce<HourMark | null>((first, mark) => (first === null || rank(mark) < rank(first) ? mark : first), null);
}

export function drawMark(mark: HourMark | null, paint: Paint): string {
  if (mark === null) return " ";
  const look = LOOKS.find(({ kind }) => kind === mark.kind);
  return look?.paint(mark.kind === "loaded" ? (SHADES[mark.quarters] ?? look.glyph) : look.glyph, paint) ?? " ";
}
