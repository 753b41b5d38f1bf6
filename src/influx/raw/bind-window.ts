import { toIso } from "../../core/time.js";
import type { Window } from "../../core/window.js";
import type { RawQuery } from "../point-query.js";

/** A user's query for one window: `$window_start` and `$window_end` become times, as its language writes them. */
export function bindWindow({ kind, text }: RawQuery, window: Window | null): string {
  if (window === null) return text;
  const quote = kind === "influxql" ? "'" : "";
  return text.replace(
    /\$window_(?:start|end)\b/g,
    (name) => `${quote}${toIso(name === "$window_start" ? window.start : window.end)}${quote}`,
  );
}
