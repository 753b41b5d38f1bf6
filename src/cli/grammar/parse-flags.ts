import { KpiError } from "../../core/errors.js";
import type { Rerun, RunStatus } from "../../core/reports.js";
import { parseDuration } from "../../core/time.js";
import type { Last } from "./flags.js";

const HINT = "Durations are written 90s, 5m, 48h, 2d";

/** Reads a whole number from 1 on. Throws USAGE. */
export function parseCount(text: string, flag: string): number {
  const count = toCount(text);
  if (count === null) throw new KpiError("USAGE", `Cannot read ${flag} "${text}": a whole number from 1 on is expected`);
  return count;
}

/** Reads a duration into ms. Throws USAGE. */
export function parseWait(text: string, flag: string): number {
  const duration = parseDuration(text);
  if (duration === null) throw new KpiError("USAGE", `Cannot read ${flag} "${text}": a duration is expected`, { hint: HINT });
  return duration;
}

/** Reads a number of windows, or a duration. Throws USAGE. */
export function parseLast(text: string, flag: string): Last {
  const windows = toCount(text);
  if (windows !== null) return { windows };
  const ms = parseDuration(text);
  if (!ms) throw new KpiError("USAGE", `Cannot read ${flag} "${text}": a number or a duration is expected`, { hint: HINT });
  return { ms };
}

/** Reads names with commas between. Throws USAGE. */
export function parseNames(text: string, flag: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.some((name) => name === ""))
    throw new KpiError("USAGE", `Cannot read ${flag} "${text}": names with commas between are expected`);
  return names;
}

/** Reads a part of something: a number from 0 to 1. Throws USAGE. */
export function parsePart(text: string, flag: string): number {
  const part = text.trim() === "" ? Number.NaN : Number(text);
  if (!(part >= 0 && part <= 1))
    throw new KpiError("USAGE", `Cannot read ${flag} "${text}": a number from 0 to 1 such as 1e-9 is expected`);
  return part;
}

/** Reads which windows a backfill wants. Throws USAGE. */
export const parseRerun = oneOf<Rerun>("missing", "failed", "late", "stale", "all");

/** Reads what a backfill does after a failure. Throws USAGE. */
export const parseOnFailure = oneOf<"stop" | "continue">("stop", "continue");

/** Reads how a run stands. Throws USAGE. */
export const parseStatus = oneOf<RunStatus>("ok", "failed", "running", "interrupted", "unknown");

function oneOf<Word extends string>(...words: readonly Word[]) {
  return (text: string, flag: string): Word => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new KpiError("USAGE", `Cannot read ${flag} "${text}": one of ${words.join(", ")} is expected`);
    return found;
  };
}

function toCount(text: string): number | null {
  const count = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0 ? count : null;
}
