import type { Begin } from "../core/pipeline.js";
import { parseDuration, parseInstant } from "../core/time.js";
import { midnight } from "./midnight.js";

/** Reads where a pipeline without history starts; null for a date that is in no calendar. */
export function readBegin(text: string, timezone: string): Begin | null {
  if (text === "previous") return { kind: "previous" };
  const ms = parseDuration(text);
  if (ms !== null) return { kind: "ago", ms };
  const instant = parseInstant(text) ?? midnight(text, timezone);
  return instant === null ? null : { kind: "at", instant };
}
